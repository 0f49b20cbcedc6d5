// Installs one dist on several nodes: looks at all of them first, then changes one after the other. Knows no terminal.
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import {BuildError} from '../core/errors.ts';
import type {Emit} from '../core/events.ts';
import {ConnectionLostError} from '../core/ssh.ts';
import {readRegular} from '../core/regular-file.ts';
import {readManifest, sumsName, type Manifest} from '../distribution/manifest.ts';
import {verifyDist} from '../distribution/verify-dist.ts';
import type {DistClasses} from '../linking/dist-classes.ts';
import {readDist} from '../linking/hold-against.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {renderInstall} from './describe.ts';
import {readNodeFacts, type NodeFacts} from './node-facts.ts';
import {findKey, planInstall, planPlaces, type InstallPlan} from './install-plan.ts';
import {checkLinks} from './node-links.ts';
import {findProblems, PreflightError} from './node-preflight.ts';
import {
  assertStopped,
  readInstalled,
  readNodeScript,
  runInstall,
  runRecover,
  runRollback,
} from './run-install.ts';
import {findSparkPlace, type SparkPlace} from '../distribution/spark-place.ts';
import type {InstallRequest} from './node-settings.ts';

export interface InstallTools {
  readonly open: (target: string) => Promise<RemoteHost>;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Node {
  readonly host: RemoteHost;
  readonly facts: NodeFacts;
}

/** @param dist Absolute path. @param targets At least one. @returns What the nodes are, in that order. */
export async function installDist(
  dist: string,
  targets: readonly string[],
  request: InstallRequest,
  isDryRun: boolean,
  tools: InstallTools,
): Promise<readonly NodeFacts[]> {
  const manifest = await checkDist(dist, tools);
  const place = findSparkPlace(manifest.release, manifest.projectVersion, request.paths.etc);
  const sums = (await readRegular(join(dist, sumsName))).toString('utf8'); // Verified above.
  const scripts = {control: await readNodeScript('control.sh'), server: await readNodeScript('server.sh')};
  const {signal} = tools;
  let classes: Promise<DistClasses> | undefined;
  const readClasses = (): Promise<DistClasses> => (classes ??= readDist(dist, signal));
  return withNodes(targets, request, place, tools, async (nodes) => {
    for (const {host, facts} of nodes) {
      const found = findProblems(facts, manifest, place, request);
      const links = await step(tools, host, 'Hold the dist against its jars', () =>
        checkLinks(host, facts, readClasses, place, request, signal),
      );
      const problems = [...found.problems, ...links.problems];
      for (const line of [...found.warnings, ...links.warnings]) warn(tools, host, line);
      if (problems.length > 0) throw new PreflightError(host.name, problems);
      if (request.role === 'gateway')
        await assertStopped(host, request, 'A gateway has no command that stops it.', signal);
    }
    for (const {host, facts} of nodes) {
      const plan = planInstall({request, facts, place, manifest, sums, scripts});
      if (isDryRun) await describe(dist, host, plan, manifest, tools);
      else await installOn(dist, host, plan, tools);
    }
    return nodes.map(({facts}) => facts);
  });
}

/** Puts back what the newest install replaced. The dist itself need not be here any more. */
export async function rollBack(
  dist: string,
  targets: readonly string[],
  request: InstallRequest,
  isDryRun: boolean,
  tools: InstallTools,
): Promise<void> {
  const {signal} = tools;
  const manifest = await readManifest(dist).catch(() => undefined);
  const place = findSparkPlace(
    manifest?.release ?? request.name.replace(/^dist-/, ''),
    manifest?.projectVersion,
    request.paths.etc,
  );
  await withNodes(targets, request, place, tools, async (nodes) => {
    for (const {host, facts} of nodes) {
      const places = planPlaces(request.paths.root, findKey(request, facts, place));
      if (request.layout === 'overlay')
        await assertStopped(host, request, 'It would lose its files.', signal);
      if (isDryRun) {
        say(tools, host, `puts back what the newest record below ${places.state}/records replaced`);
        continue;
      }
      await step(tools, host, 'Put the old files back', () => runRollback(host, places, signal));
      say(tools, host, 'The state before the last install is back, byte for byte.');
      if (request.layout === 'recipe')
        say(tools, host, 'A Thriftserver that runs must be started again: its jars have changed.');
    }
  });
}

async function checkDist(dist: string, {signal}: InstallTools): Promise<Manifest> {
  const verdict = await verifyDist(dist, {}, signal);
  const manifest = await readManifest(dist);
  if (verdict.ok) return manifest;
  const failed = verdict.checks.filter(({ok}) => !ok).map(({name, message}) => `${name}: ${message}`);
  throw new BuildError(
    `${dist} is not what it should be:\n${failed.join('\n')}`,
    'Build it again; nothing was changed on any node.',
  );
}

/** Connects to all and looks at all, before anything is changed on any. */
async function withNodes<T>(
  targets: readonly string[],
  request: InstallRequest,
  place: SparkPlace,
  tools: InstallTools,
  work: (nodes: readonly Node[]) => Promise<T>,
): Promise<T> {
  const nodes: Node[] = [];
  const hosts: RemoteHost[] = [];
  try {
    for (const target of targets) {
      const host = await tools.open(target);
      hosts.push(host);
      const look = () => readNodeFacts(host, request, place, tools.signal);
      nodes.push({host, facts: await step(tools, host, 'Look at the node', look)});
    }
    return await work(nodes);
  } finally {
    for (const host of hosts) host.close();
  }
}

async function describe(
  dist: string,
  host: RemoteHost,
  plan: InstallPlan,
  manifest: Manifest,
  tools: InstallTools,
): Promise<void> {
  const installed = await readInstalled(host, plan, tools.signal);
  if (installed.status === 'same') {
    say(tools, host, 'already installed; nothing would be changed.');
    return;
  }
  for (const line of [...renderInstall(dist, plan, manifest), ...plan.notes.map((note) => `# ${note}`)])
    say(tools, host, line);
}

async function installOn(
  dist: string,
  host: RemoteHost,
  plan: InstallPlan,
  tools: InstallTools,
): Promise<void> {
  const {signal} = tools;
  let installed = await readInstalled(host, plan, signal);
  if (installed.status === 'cut-off') {
    say(
      tools,
      host,
      await step(tools, host, 'End what was cut off', () => runRecover(host, plan.places, signal)),
    );
    installed = await readInstalled(host, plan, signal);
  }
  if (installed.status === 'same') {
    say(tools, host, 'already installed; nothing was changed.');
    for (const line of renderNext(plan)) say(tools, host, line);
    return;
  }
  if (installed.status === 'changed')
    for (const change of installed.changes) warn(tools, host, `since the last install: ${change}`);
  try {
    await step(tools, host, 'Send and switch', (onProgress) =>
      runInstall(host, dist, plan, {signal, onProgress}),
    );
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) throw error;
    throw new BuildError(
      `${error.message} The node has the old state, or the new one, and nothing between.`,
      'Type the same command again: it does what is missing.',
      {cause: error},
    );
  }
  for (const line of ['installed.', ...plan.notes, ...renderNext(plan)]) say(tools, host, line);
}

function renderNext({next}: InstallPlan): readonly string[] {
  return ['Next, on that node:', ...next.map((line) => `  ${line}`)];
}

function say({emit}: InstallTools, host: RemoteHost, line: string): void {
  emit({type: 'log.line', buildId: host.name, level: 'info', line});
}

function warn({emit}: InstallTools, host: RemoteHost, line: string): void {
  emit({type: 'log.line', buildId: host.name, level: 'warn', line});
}

type OnProgress = (sentBytes: number, totalBytes: number) => void;

async function step<T>(
  {emit, clock}: InstallTools,
  host: RemoteHost,
  name: string,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const buildId = host.name;
  const startMs = clock.monotonicMs();
  const finish = (status: 'done' | 'failed'): void =>
    emit({type: 'step.finished', buildId, step: name, status, durationMs: clock.monotonicMs() - startMs});
  emit({type: 'step.started', buildId, step: name});
  const onProgress: OnProgress = (sent, total) => {
    const mebi = (count: number): number => Math.round(count / 1024 ** 2);
    const message = `${mebi(sent)} of ${mebi(total)} MiB`;
    emit({type: 'step.progress', buildId, step: name, message, fraction: total === 0 ? 1 : sent / total});
  };
  try {
    const result = await work(onProgress);
    finish('done');
    return result;
  } catch (error) {
    finish('failed');
    throw error;
  }
}
