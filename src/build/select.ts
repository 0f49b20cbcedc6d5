// Finds out which refs were asked for and what each of them is. Reads the source through its mirror; plans nothing.
import {findByCommit, findNearest, findNewestOf, findReleases, type Line} from '../catalogue/find.ts';
import type {RefFacts} from '../catalogue/facts.ts';
import {inspectRef} from '../catalogue/inspect.ts';
import {readCatalogue} from '../catalogue/releases.ts';
import {UsageError} from '../core/errors.ts';
import {parseSourceFacts, type SourceFacts} from '../dependencies/facts.ts';
import {rememberPoms} from '../maven/pom.ts';
import {listTags} from '../source/listing.ts';
import {openMirror, type FetchOptions, type Mirror, type MirrorTools} from '../source/mirror.ts';
import type {SourceLocation} from '../source/location.ts';
import {findUnsupported} from './plan.ts';
import type {BuildRequest} from './request.ts';

export interface Candidate {
  readonly facts: RefFacts;
  readonly sourceFacts: SourceFacts;
}

export interface Skipped {
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
  readonly excluded?: ReadonlySet<string>;
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
  const read = async (ref: string): Promise<Candidate> => {
    const known = candidates.get(ref) ?? readCandidate(ref, mirror, catalogue, options);
    candidates.set(ref, known);
    return known;
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
  let isLatestFound = false;
  for (const {tag, known, by} of wanted) {
    if (by === 'latest' && isLatestFound) continue;
    // What the catalogue knows of this very commit saves fetching a release only to skip it.
    const early = known === undefined || by === 'exact' ? undefined : check(known, by);
    const candidate = early === undefined ? await read(tag) : undefined;
    const reason = early ?? (candidate === undefined ? undefined : check(candidate.facts, by));
    if (reason === undefined && candidate !== undefined) {
      chosen.set(tag, candidate);
      isLatestFound ||= by === 'latest';
    } else if (by === 'exact' && candidate !== undefined)
      throw refusal(reason ?? '', candidate.facts, request, catalogue);
    else if (by === 'range') skipped.set(tag, {tag, reason: reason ?? ''});
  }
  if (!isLatestFound && wanted.some(({by}) => by === 'latest')) {
    throw new UsageError(
      'No release of this source can be built with these features.',
      'See: build-spark plan --help',
    );
  }
  return {chosen: [...chosen.values()], skipped: [...skipped.values()].filter(({tag}) => !chosen.has(tag))};
}

interface Wanted {
  readonly tag: string;
  /** The catalogue's row, when the source has that very commit under this tag. */
  readonly known?: RefFacts;
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
  let tags: ReadonlyMap<string, string> | undefined;
  const wanted: Wanted[] = [];
  for (const text of line === 'cdh' ? request.cdh : request.spark2) {
    const isLatest = text.trim() === 'latest';
    const {by, rows} = isLatest
      ? {by: 'latest' as const, rows: findReleases(catalogue, line, '*', []).rows}
      : findReleases(catalogue, line, text, []);
    if (by === 'exact') {
      wanted.push(...rows.filter(isWanted).map(({tag}) => ({tag, by})));
      continue;
    }
    if (source.name !== catalogueSource)
      tags = await (memory.tags ??= listTags(source, tools, options.signal));
    const there = rows.filter(({tag}) => tags?.has(tag) ?? true);
    if (there.length === 0) {
      throw new UsageError(
        `${source.name} has no release that matches ${JSON.stringify(text)}.`,
        'Name one that it has, or another --source.',
      );
    }
    const left = there.filter(isWanted);
    const kept =
      request.newestOf === undefined || isLatest ? left : findNewestOf(left, line, request.newestOf);
    const found = kept.map((row): Wanted => ({
      tag: row.tag,
      by,
      ...(tags === undefined || tags.get(row.tag) === row.commit ? {known: row} : {}),
    }));
    wanted.push(...(isLatest ? found.reverse() : found));
  }
  return wanted;
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

async function readCandidate(
  ref: string,
  mirror: Mirror,
  catalogue: readonly RefFacts[],
  options: FetchOptions,
): Promise<Candidate> {
  const found = await mirror.resolve(ref, options);
  const {tag, commit} = found;
  const files = await mirror.open(commit, options.signal);
  const parse = rememberPoms();
  const facts = findByCommit(catalogue, commit) ?? (await inspectRef(files.read, found, parse));
  return {facts: {...facts, tag}, sourceFacts: parseSourceFacts(files.poms, parse)};
}
