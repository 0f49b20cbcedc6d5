// The places on the network that builds will need and this host has nothing of, asked all at once from where a build would
// ask them. Decides what to type for each that does not answer.
import {findProxyFor, type Proxies} from '../core/proxies.ts';
import {
  judgeError,
  judgeSilence,
  judgeStatus,
  judgeUnknown,
  type Reach,
  type ReachKind,
} from '../core/reach.ts';
import {readTrusted} from '../host/certificates.ts';
import {fail, pass, warn, type Check} from '../host/host-check.ts';
import {readCentral} from '../machine/box-central.ts';
import {planProbe} from '../maven/dependency-choice.ts';
import {listCompiled} from '../maven/compiled.ts';
import type {StandIn} from '../maven/stand-in.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {parseSource, type SourceLocation} from '../source/location.ts';
import {openMirror} from '../source/mirror.ts';
import {reachSource} from '../source/reach-source.ts';
import {listLacks} from './find-missing.ts';
import {listArchives} from './guest-packages.ts';
import type {PlannedBuild} from './plan-run.ts';
import type {Session} from './session.ts';

export interface Place {
  /** Of the check. */
  readonly name: string;
  /** What is to be had there. */
  readonly what: string;
  /** Without a login. */
  readonly where: string;
  /** How a copy of it is named. */
  readonly copy: string;
  readonly ask: (limitMs: number) => Promise<Reach>;
  /** What is a warning only, whoever asks. */
  readonly harmless?: readonly ReachKind[];
}

const limitMs = 5_000;

/**
 * All of them in parallel, within five seconds.
 * @param harmless What is a warning only.
 */
export function checkPlaces(
  places: readonly Place[],
  harmless: readonly ReachKind[] = [],
): Promise<readonly Check[]> {
  return Promise.all(
    places.map(async (place) => {
      const {kind, detail} = await place.ask(limitMs).catch(judgeUnknown);
      const {name, what, where} = place;
      if (kind === 'answers') return pass(name, `${where} answers (${what})`);
      const say = [...harmless, ...(place.harmless ?? [])].includes(kind) ? warn : fail;
      return say(name, `${where}, for ${what}: ${detail}.`, planRemedy(kind, place));
    }),
  );
}

function planRemedy(kind: ReachKind, {where, copy}: Place): string {
  const host = URL.canParse(where) ? new URL(where).hostname : where;
  const remedies: Readonly<Record<ReachKind, string>> = {
    answers: '',
    name: `getent hosts ${host}; where only a proxy knows names, add --proxy http://<proxy>:<port>`,
    refused: `${copy}; or add --proxy http://<proxy>:<port>`,
    dropped: `${copy}; or add --proxy http://<proxy>:<port>; or do without a network: build-spark bundle`,
    route: `ip route; or add --proxy http://<proxy>:<port>; or do without a network: build-spark bundle`,
    login: `${copy.replace('<url>', 'https://<user>:<password>@<host>/<path>')}; for git: git ls-remote ${where}`,
    certificate: 'the same with --ca-cert <file>, the certificate of whoever stands between',
    key: `git ls-remote ${where}, and accept the key if it is the one that you know`,
    moved: copy,
    proxy:
      'look at the proxy: build-spark doctor; another one with --proxy, none for this host with --no-proxy ' +
      host,
    other: copy,
  };
  return remedies[kind];
}

export interface PlaceFacts {
  readonly request: BuildRequest;
  readonly source: SourceLocation;
  readonly proxies: Proxies;
  readonly standIn: StandIn;
}

/** The source, before anything can be planned: asked where one of these refs is not here. */
export function planSourcePlace(
  session: Session,
  source: SourceLocation,
  {what, copy}: {readonly what: string; readonly copy: string},
): readonly Place[] {
  if (source.type !== 'url') return [];
  const ask = (limit: number): Promise<Reach> => reachSource(source, session.exec, limit);
  return [{name: 'source', what, where: source.name, copy, ask}];
}

/** What these builds would fetch. */
export async function planPlaces(
  session: Session,
  builds: readonly PlannedBuild[],
  facts: PlaceFacts,
): Promise<readonly Place[]> {
  const lacking: PlannedBuild[] = [];
  for (const build of builds) if ((await listLacks(build, session.paths)).length > 0) lacking.push(build);
  const archives = await planArchives(session, builds, facts);
  if (lacking.length === 0) return archives;
  const {standIn, request} = facts;
  const question = lacking
    .map(({sourceFacts}) => planProbe(sourceFacts, standIn, request.mirrors))
    .find((each) => each !== undefined);
  return [
    ...(question === undefined ? [] : planCloudera(session, facts, question.url)),
    ...(await planCentral(session, facts)),
    ...(await planCompiledSources(session, lacking, facts)),
    ...archives,
  ];
}

/** What any build that begins with nothing fetches. */
export async function planStartPlaces(session: Session, facts: PlaceFacts): Promise<readonly Place[]> {
  return planCentral(session, facts);
}

/** With `auto` a build does without it. */
function planCloudera(session: Session, facts: PlaceFacts, url: string): readonly Place[] {
  const copy = '--mirror cdh.repo=<url>; or --dependencies apache';
  const place = planUrlPlace(session, facts, 'cloudera', "Cloudera's artifacts", url, copy);
  return facts.request.dependencies === 'cloudera' ? [place] : [];
}

/** Of Parquet, where it is to be compiled. */
async function planCompiledSources(
  session: Session,
  builds: readonly PlannedBuild[],
  {standIn, request}: PlaceFacts,
): Promise<readonly Place[]> {
  const places = new Map<string, Place>();
  for (const {dependencyPlan, sourceFacts} of builds) {
    for (const {name, repository, source, tag} of listCompiled(dependencyPlan.mode, sourceFacts, standIn)) {
      const named = (source === 'parquet' ? request.parquetSource : undefined) ?? repository;
      const from = parseSource(named, session.terminal.cwd);
      const isHere = await openMirror(from, session)
        .resolve(tag, {isLocal: true})
        .then(
          () => true,
          () => false,
        );
      if (isHere) continue;
      const copy = `--${source}-source <url or path of a copy>`;
      for (const place of planSourcePlace(session, from, {what: name, copy}))
        places.set(place.where, {...place, name: 'parquet'});
    }
  }
  return [...places.values()];
}

/** Of Debian, for R. A box may have a login of its own for it. */
async function planArchives(
  session: Session,
  builds: readonly PlannedBuild[],
  facts: PlaceFacts,
): Promise<readonly Place[]> {
  const found = await Promise.all(builds.map((build) => listArchives(session, build)));
  const copy =
    'another archive in the box: build-spark box build --force --mirror <address of a Debian archive>';
  return [...new Set(found.flat())].map((url) => ({
    ...planUrlPlace(session, facts, 'archive', 'R in the machine', url, copy),
    harmless: ['login'],
  }));
}

/** Maven Central, or what is asked in its place; with settings of the operator's only they know. */
async function planCentral(session: Session, facts: PlaceFacts): Promise<readonly Place[]> {
  const {request} = facts;
  if (request.mavenSettings !== undefined) return [];
  const mirror = request.mirrors.find(({id}) => ['central', '*', 'external:*'].includes(id))?.url;
  const url = mirror ?? (await readCentral(session));
  if (url === undefined) return [];
  const pom = `${url.replace(/\/+$/, '')}/org/apache/maven/plugins/maven-install-plugin/maven-metadata.xml`;
  return [planUrlPlace(session, facts, 'central', "Maven's artifacts", pom, '--mirror central=<url>')];
}

/** As a machine would ask it: through its proxy, with the certificates that it will trust. */
function planUrlPlace(
  session: Session,
  {proxies, request}: PlaceFacts,
  name: string,
  what: string,
  url: string,
  copy: string,
): Place {
  const target = new URL(url);
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  const proxyFor = (to: URL): string | undefined => findProxyFor(proxies, to);
  return {
    ...{name, what, copy, where: shown.origin},
    ask: async (limit) => {
      const {createAsk} = await import('../core/http-ask.ts');
      const signal = AbortSignal.timeout(limit);
      try {
        const ca = await readTrusted(session.env, request.caCertificates);
        const {status, text} = await createAsk({proxyFor, ca})(url, signal);
        return judgeStatus(status, text, proxyFor(target) !== undefined);
      } catch (error) {
        if (signal.aborted) return judgeSilence(limit);
        return judgeError(error, target.hostname) ?? judgeUnknown(error);
      }
    },
  };
}
