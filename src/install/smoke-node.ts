// Asks the server of an install the smoke queries, on its node. Starts and changes nothing there that it does not take back.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {readManifest} from '../distribution/manifest.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {renderUrl} from './client-command.ts';
import {findKerberos} from './kerberos.ts';
import {readNodeFacts, type NodeFacts} from './node-facts.ts';
import {findSparkPlace, type SparkPlace} from '../distribution/spark-place.ts';
import type {InstallRequest} from './node-settings.ts';
import {readNodeScript} from './run-install.ts';
import {parseAnswer, parseLogs, type NodeAnswers, type ServerAnswer} from './server-answers.ts';

export interface SmokeRequest {
  /** As at the install; what was typed wins over what the installed overlay says of itself. */
  readonly install: InstallRequest;
  readonly typed: Partial<Pick<InstallRequest, 'port' | 'user' | 'bindHost' | 'keytab' | 'principal'>>;
  /** One that is there; undefined for one of our own, which is dropped. */
  readonly database?: string | undefined;
}

/** Longer than all questions may take together. */
const limitMs = 3_600_000;

/** What an overlay was told at its install, as `start` reads it, and which release it is of. */
function parseInstalled(text: string): Partial<InstallRequest> & {readonly release?: string | undefined} {
  const one = <K extends string>(key: string, as: K): Partial<Record<K, string>> => {
    const value = new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.replace(/^'(.*)'$/, '$1');
    return (value === undefined ? {} : {[as]: value}) as Partial<Record<K, string>>;
  };
  const {port} = one('port', 'port');
  return {
    ...(port === undefined ? {} : {port: Number(port)}),
    ...one('user', 'user'),
    ...one('bind_host', 'bindHost'),
    ...one('kerberos_keytab', 'keytab'),
    ...one('kerberos_principal', 'principal'),
    ...one('release', 'release'),
  };
}

/** What the dist is, of its folder here or of the overlay there; its name tells enough where it is nowhere. */
async function readInstalled(
  dist: string,
  host: RemoteHost,
  {install, typed}: SmokeRequest,
  signal: AbortSignal,
): Promise<{readonly install: InstallRequest; readonly place: SparkPlace; readonly release: string}> {
  const {layout, paths, name} = install;
  const here = await readManifest(dist).catch(() => undefined);
  const settings = `${paths.root}/${name}/conf/thriftserver.sh`;
  const text = layout === 'overlay' ? await host.readFile(settings, {asRoot: true, signal}) : undefined;
  if (layout === 'overlay' && text === undefined)
    throw new UsageError(
      `${host.name} has no Thriftserver of ${name}: there is no ${settings}.`,
      `Put it there first: build-spark install ${name} --host ${host.name}; or, of the other layout: --layout recipe`,
    );
  const {release: named, ...installed} = parseInstalled(text?.toString('utf8') ?? '');
  const release = here?.release ?? named ?? parseDistName(name);
  return {
    install: {...install, ...installed, ...typed},
    place: findSparkPlace(release, here?.projectVersion, paths.etc),
    release,
  };
}

function parseDistName(name: string): string {
  return /^dist-((?:cdh|spark2-)\d+\.\d+\.\d+(?:-cloudera\d+)?)/.exec(name)?.[1] ?? name;
}

function findServerProblem({layout, name, paths}: InstallRequest, {server}: NodeFacts): string | undefined {
  const {port, listener} = server;
  if (listener === 'ours' || (listener === 'other' && layout === 'recipe')) return undefined;
  if (listener === 'other') return `another program than ${name} listens on port ${port}`;
  return layout === 'overlay'
    ? `nothing listens on port ${port}; start it: sudo ${paths.root}/${name}/start`
    : `nothing listens on port ${port}; start it as \`install\` said, or name its port: --port <n>`;
}

/** @param dist Absolute path; it need not be there. @param onAnswer Is given each answer as it comes. */
export async function smokeNode(
  dist: string,
  host: RemoteHost,
  request: SmokeRequest,
  onAnswer: (answer: ServerAnswer) => void,
  signal: AbortSignal,
): Promise<NodeAnswers & {readonly release: string}> {
  const {install, place, release} = await readInstalled(dist, host, request, signal);
  const {layout, name, paths, user} = install;
  const facts = await readNodeFacts(host, install, place, signal);
  const home = layout === 'overlay' ? `${paths.root}/${name}` : (facts.sparkHome ?? '');
  const login = findKerberos(install, facts);
  const answers: ServerAnswer[] = [];
  const add = (answer: ServerAnswer): void => {
    answers.push(answer);
    onAnswer(answer);
  };
  const problem = findServerProblem(install, facts);
  add({name: 'server', ms: 0, ...describeServer(problem, facts)});
  let logs: NodeAnswers['logs'] = {};
  let exitCode = 1;
  if (problem === undefined) {
    const asked = await host.run(
      [
        ...['su', '-s', '/bin/bash', '-c', 'exec "$0" "$@"', '--', user, 'bash', '--norc', '-s', '--', home],
        `${paths.logs}/build-spark-${layout === 'overlay' ? name : 'thriftserver'}`,
        ...[renderUrl(install, facts), user, request.database ?? ''],
        ...[login?.keytab ?? '', login?.principal ?? ''],
        layout === 'overlay' ? `${home}/bin/spark-sql` : '',
      ],
      {
        asRoot: true,
        input: await readSmokeScript(),
        allow: 'any',
        signal,
        timeoutMs: limitMs,
        onLine: (line) => {
          const answer = parseAnswer(line);
          if (answer !== undefined) add(answer);
        },
      },
    );
    logs = parseLogs(asked.stdout);
    exitCode = asked.exitCode;
    if (answers.length === 1)
      add({
        name: 'connect',
        status: 'failed',
        ms: 0,
        message: `the questions did not start: ${asked.stderr}`,
      });
  }
  return {
    release,
    host: host.name,
    ok: exitCode === 0 && answers.every(({status}) => status !== 'failed'),
    parcel: facts.parcels[place.parcel],
    layout,
    java: facts.javaVersion,
    url: renderUrl(install, facts),
    answers,
    logs,
  };
}

function describeServer(
  problem: string | undefined,
  {server: {mode, port, authentication}}: NodeFacts,
): Pick<ServerAnswer, 'status' | 'message'> {
  return problem === undefined
    ? {status: 'ok', message: `listens on port ${port}, ${mode}, ${authentication}`}
    : {status: 'failed', message: problem};
}

/** One text: what is asked, and by whom. */
export async function readSmokeScript(): Promise<string> {
  const queries = await readFile(join(projectRoot, 'data/guest/smoke-queries.sh'), 'utf8');
  return `${queries}\n${await readNodeScript('smoke.sh')}\nsmoke_server "$@"\n`;
}
