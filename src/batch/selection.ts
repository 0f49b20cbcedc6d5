// Finds out which refs were asked for and what each of them is. Reads the source through its mirror; plans nothing.
import {
  findByCommit,
  findNearest,
  findNewestOf,
  findReleases,
  type Found,
  type Line,
} from '../catalogue/find.ts';
import type {RefFacts} from '../catalogue/ref-facts.ts';
import {inspectRef} from '../catalogue/inspect-ref.ts';
import {readCatalogue} from '../catalogue/release-list.ts';
import {throwProblems, UsageError, type ExpectedError} from '../core/errors.ts';
import {parseSourceFacts, type SourceFacts} from '../maven/source-facts.ts';
import {rememberPoms} from '../maven/pom.ts';
import {listTags} from '../source/ref-listing.ts';
import {openMirror} from '../source/mirror.ts';
import type {FetchOptions, Mirror, MirrorTools, ResolveOptions} from '../source/mirror.ts';
import type {SourceLocation} from '../source/location.ts';
import {describeLacks} from '../source/warnings.ts';
import {findUnsupported} from '../recipe/build-plan.ts';
import type {BuildRequest} from '../recipe/build-request.ts';

export interface Candidate {
  readonly facts: RefFacts;
  readonly sourceFacts: SourceFacts;
  /** What this commit lacks, and what is to be known of how its ref was found. */
  readonly warnings: readonly string[];
}

interface Skipped {
  readonly tag: string;
  readonly reason: string;
}

/** What was read once in a run is not read again for the next row of a batch. */
export interface SelectionMemory {
  readonly candidates: Map<string, Promise<Candidate>>;
  tags?: Promise<ReadonlyMap<string, string>>;
}

export interface Selection {
  readonly chosen: readonly Candidate[];
  /** Matched by a range, and not to be built: with the reason. */
  readonly skipped: readonly Skipped[];
}

export interface SelectOptions extends FetchOptions {
  /** `plan` and `source` refuse nothing for a feature; they print the reason. */
  readonly refusesUnsupported: boolean;
  /** Tags that are not wanted, whatever a range says: gone before the newest of a line is looked for. */
  readonly excluded?: ReadonlySet<string> | undefined;
  readonly memory?: SelectionMemory;
}

/** The source whose tags the catalogue lists. */
export const catalogueSource = 'https://github.com/cloudera/spark';

/** @throws UsageError for a release or ref that does not exist, or that was named exactly and cannot give what was asked. */
export async function selectRefs(
  request: BuildRequest,
  source: SourceLocation,
  tools: MirrorTools,
  options: SelectOptions,
): Promise<Selection> {
  const catalogue = await readCatalogue();
  const mirror = openMirror(source, tools);
  const {candidates} = options.memory ?? {candidates: new Map<string, Promise<Candidate>>()};
  const read = async (ref: string, expected?: string): Promise<Candidate> => {
    const found = candidates.get(ref) ?? readCandidate(ref, mirror, catalogue, {...options, expected});
    candidates.set(ref, found);
    return found;
  };
  /** `latest` is the same release for `plan`, which refuses nothing, as for a build. */
  const check = (facts: RefFacts, by: Wanted['by'] = 'exact'): string | undefined =>
    (options.refusesUnsupported || by === 'latest') && !request.forceUnsupported
      ? findUnsupported(facts, request.features)
      : undefined;
  if (request.ref !== undefined) {
    if (options.excluded?.has(request.ref) === true) return {chosen: [], skipped: []};
    const candidate = await read(request.ref);
    const reason = check(candidate.facts);
    if (reason !== undefined) throw refusal(reason, candidate.facts, request, catalogue);
    return {chosen: [candidate], skipped: []};
  }
  const wanted = await listWanted(catalogue, request, source, tools, options);
  const chosen = new Map<string, Candidate>();
  const skipped = new Map<string, Skipped>();
  const problems: ExpectedError[] = [];
  let isLatestFound = false;
  let newest: string | undefined;
  for (const {tag, known, expected, by} of wanted) {
    if (by === 'latest' && isLatestFound) continue;
    // What the catalogue knows of this very commit saves fetching a release only to refuse or to skip it.
    const early = known === undefined ? undefined : check(known, by);
    try {
      const candidate = early === undefined ? await read(tag, expected) : undefined;
      const facts = candidate?.facts ?? known;
      const reason = early ?? (candidate === undefined ? undefined : check(candidate.facts, by));
      if (reason === undefined && candidate !== undefined) {
        chosen.set(tag, candidate);
        isLatestFound ||= by === 'latest';
      } else if (by === 'exact' && facts !== undefined)
        problems.push(refusal(reason ?? '', facts, request, catalogue));
      else if (by === 'range') skipped.set(tag, {tag, reason: reason ?? ''});
      else newest ??= reason;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(problems);
  if (!isLatestFound && wanted.some(({by}) => by === 'latest')) {
    throw new UsageError(
      `No release of this source can be built with these features. The newest: ${newest ?? ''}`,
      'To see what each release can give, type: build-spark releases',
    );
  }
  return {chosen: [...chosen.values()], skipped: [...skipped.values()].filter(({tag}) => !chosen.has(tag))};
}

interface Wanted {
  readonly tag: string;
  /** The catalogue's row, when the source has that very commit under this tag. */
  readonly known?: RefFacts;
  /** The commit that the tag should have. */
  readonly expected?: string;
  readonly by: 'exact' | 'range' | 'latest';
}

async function listWanted(
  catalogue: readonly RefFacts[],
  request: BuildRequest,
  source: SourceLocation,
  tools: MirrorTools,
  options: SelectOptions,
): Promise<readonly Wanted[]> {
  const isWanted = ({tag}: RefFacts): boolean => options.excluded?.has(tag) !== true;
  const memory: SelectionMemory = options.memory ?? {candidates: new Map()};
  const line: Line = request.cdh.length > 0 ? 'cdh' : 'spark2';
  const isCatalogued = source.name === catalogueSource;
  const wanted: Wanted[] = [];
  const problems: ExpectedError[] = [];
  for (const text of line === 'cdh' ? request.cdh : request.spark2) {
    try {
      const {by, rows} = findNamed(catalogue, line, text);
      if (by === 'exact') {
        const describe = (row: RefFacts): Wanted => ({
          ...{tag: row.tag, by},
          ...(isCatalogued ? {known: row, expected: row.commit} : {}),
        });
        wanted.push(...rows.filter(isWanted).map(describe));
        continue;
      }
      const tags = isCatalogued ? undefined : await (memory.tags ??= listTags(source, tools, options));
      const there = rows.filter(({tag}) => tags?.has(tag) ?? true);
      if (there.length === 0) {
        throw new UsageError(
          `${source.name} has no release that matches ${JSON.stringify(text)}.`,
          'Name one that it has, or another --source.',
        );
      }
      const left = there.filter(isWanted);
      const kept =
        request.newestOf === undefined || by === 'latest' ? left : findNewestOf(left, line, request.newestOf);
      const found = kept.map((row): Wanted => ({
        ...{tag: row.tag, by},
        expected: tags?.get(row.tag) ?? row.commit,
        ...(tags === undefined || tags.get(row.tag) === row.commit ? {known: row} : {}),
      }));
      wanted.push(...(by === 'latest' ? found.reverse() : found));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(problems);
  return wanted;
}

function findNamed(catalogue: readonly RefFacts[], line: Line, text: string): Found {
  if (text.trim() !== 'latest') return findReleases(catalogue, line, text, []);
  return {by: 'latest', rows: findReleases(catalogue, line, '*', []).rows};
}

/** What is wrong with what was named, as far as the catalogue alone can say. Reads no source. */
export async function findSelectionProblems({
  cdh = [],
  spark2 = [],
}: {
  readonly cdh?: readonly string[];
  readonly spark2?: readonly string[];
}): Promise<readonly UsageError[]> {
  const catalogue = await readCatalogue();
  const check =
    (line: Line) =>
    (text: string): readonly UsageError[] => {
      try {
        findNamed(catalogue, line, text);
        return [];
      } catch (error) {
        if (error instanceof UsageError) return [error];
        throw error;
      }
    };
  return [...cdh.flatMap(check('cdh')), ...spark2.flatMap(check('spark2'))];
}

function refusal(
  reason: string,
  facts: RefFacts,
  {features}: BuildRequest,
  catalogue: readonly RefFacts[],
): UsageError {
  const others = features.filter((feature) => facts[feature].status !== 'no');
  const nearest = findNearest(catalogue, facts, features);
  return new UsageError(
    reason,
    `${nearest === undefined ? '' : `The nearest release where it can be had: --${nearest.line} ${nearest.version}. `}Type the same with --with ${others.length === 0 ? 'none' : others.join(',')}; or, to try all the same, with --force-unsupported`,
  );
}

/** The very commit that another host decided on, wherever its name leads by now. */
export async function readPinned(
  {tag, commit}: {readonly tag: string; readonly commit: string},
  source: SourceLocation,
  tools: MirrorTools,
  options: FetchOptions,
): Promise<Candidate> {
  const mirror = openMirror(source, tools);
  // A server need not give a commit by its id; it gives what a name leads to, where that still is the commit.
  const named = await mirror.resolve(tag, {...options, expected: commit}).catch(() => undefined);
  if (named?.commit !== commit) await mirror.resolve(commit, options);
  const files = await mirror.open(commit, options.signal);
  const parse = rememberPoms();
  const facts =
    findByCommit(await readCatalogue(), commit) ?? (await inspectRef(files.read, {tag, commit}, parse));
  return {facts: {...facts, tag}, sourceFacts: parseSourceFacts(files.poms, parse), warnings: []};
}

async function readCandidate(
  ref: string,
  mirror: Mirror,
  catalogue: readonly RefFacts[],
  options: ResolveOptions,
): Promise<Candidate> {
  const {tag, commit, note} = await mirror.resolve(ref, options);
  const files = await mirror.open(commit, options.signal);
  const parse = rememberPoms();
  const facts = findByCommit(catalogue, commit) ?? (await inspectRef(files.read, {tag, commit}, parse));
  return {
    facts: {...facts, tag},
    sourceFacts: parseSourceFacts(files.poms, parse),
    warnings: [
      ...(note === undefined ? [] : [note]),
      ...describeLacks(`${tag} of ${mirror.source.name}`, files),
    ],
  };
}
