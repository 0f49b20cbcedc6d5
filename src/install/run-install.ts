// Does an install, or takes one back, on one node. Knows the agent's commands; what is to be done it is told by plan.ts.
import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readFile, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {BuildError, UsageError} from '../core/errors.ts';
import {lastLines} from '../core/exec.ts';
import {removeTree} from '../core/mounts.ts';
import {projectRoot} from '../core/paths.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {OverlayEntry} from './overlay-files.ts';
import {renderLines, type InstallPlan, type Places} from './install-plan.ts';
import type {InstallRequest} from './node-settings.ts';

/** What was found out about an earlier install. */
export type Installed =
  | {readonly status: 'same' | 'other' | 'cut-off'}
  | {readonly status: 'changed'; readonly changes: readonly string[]};

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
}

/** Names a file of ours that runs on the node. */
export async function readNodeScript(
  name: 'agent.sh' | 'control.sh' | 'server.sh' | 'smoke.sh',
): Promise<string> {
  return readFile(join(projectRoot, 'data/node', name), 'utf8');
}

/** Changes nothing. */
export async function readInstalled(
  host: RemoteHost,
  plan: InstallPlan,
  signal: AbortSignal,
): Promise<Installed> {
  const sum = createHash('sha256').update(renderLines(plan.lines)).digest('hex');
  const {exitCode, stdout, stderr} = await host.run(['sh', '-s', '--', 'check', plan.places.state, sum], {
    asRoot: true,
    input: await readNodeScript('agent.sh'),
    allow: 'any',
    signal,
    timeoutMs: 300_000,
  });
  switch (exitCode) {
    case 0:
      return {status: 'same'};
    case 1:
      return {status: 'changed', changes: `${stdout}\n${stderr}`.trim().split('\n')};
    case 3:
      return {status: 'other'};
    case 4:
      return {status: 'cut-off'};
    default:
      throw new BuildError(
        `On ${host.name}, what is installed cannot be found out: ${lastLines(stderr, 3)}`,
        'Look at that host, then try again.',
      );
  }
}

/** Finishes, or takes back, what was cut off. @returns What it did, in words; empty when there was nothing. */
export async function runRecover(host: RemoteHost, places: Places, signal: AbortSignal): Promise<string> {
  await sendAgent(host, places, signal);
  return runAgent(host, places, ['recover', places.state], signal);
}

/** Sends beside first; then one command switches, which goes on to its end whatever becomes of the connection. */
export async function runInstall(
  host: RemoteHost,
  dist: string,
  plan: InstallPlan,
  {signal, onProgress}: RunOptions,
): Promise<void> {
  const {places} = plan;
  const {staging} = places;
  const asRoot = {asRoot: true, signal};
  await sendAgent(host, places, signal);
  await host.run(['rm', '-rf', staging], asRoot);
  await host.sendFolder(dist, `${staging}/${plan.distFolder}`, {
    ...asRoot,
    only: plan.only,
    onProgress,
  });
  await host.run(['chmod', '-R', 'u+rwX,go+rX,go-w', `${staging}/${plan.distFolder}`], asRoot);
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-install-'));
  try {
    await writeEntries(folder, plan.entries);
    await host.sendFolder(folder, staging, asRoot);
  } finally {
    await removeTree(folder);
  }
  await host.writeFile(`${staging}/plan`, renderLines(plan.lines), asRoot);
  await runAgent(host, places, ['apply', places.state, staging], signal);
}

/** Puts back what the newest install of this series replaced. */
export async function runRollback(host: RemoteHost, places: Places, signal: AbortSignal): Promise<void> {
  await sendAgent(host, places, signal);
  await runAgent(host, places, ['undo', places.state], signal);
}

/** @param loss What would become of it: `It would …`. @throws UsageError when its Thriftserver runs. */
export async function assertStopped(
  host: RemoteHost,
  {name, paths}: Pick<InstallRequest, 'name' | 'paths'>,
  loss: string,
  signal: AbortSignal,
): Promise<void> {
  const home = `${paths.root}/${name}`;
  const {exitCode, stdout} = await host.run([`${home}/status`], {asRoot: true, allow: 'any', signal});
  if (exitCode !== 0) return;
  throw new UsageError(
    `${stdout.trim()} ${loss}`,
    `Stop it first, on ${host.name}: sudo systemctl stop build-spark-${name}, or sudo ${home}/stop`,
  );
}

async function sendAgent(host: RemoteHost, {agent}: Places, signal: AbortSignal): Promise<void> {
  await host.run(['mkdir', '-p', dirname(agent)], {asRoot: true, signal});
  await host.writeFile(agent, await readNodeScript('agent.sh'), {asRoot: true, mode: '755', signal});
}

async function runAgent(
  host: RemoteHost,
  {agent}: Places,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const {exitCode, stdout, stderr} = await host.run(['sh', agent, ...words], {
    asRoot: true,
    allow: 'any',
    signal,
    timeoutMs: 900_000,
  });
  if (exitCode === 0) return stdout.trim();
  throw new BuildError(
    `On ${host.name}: ${lastLines(`${stdout}\n${stderr}`.trim(), 8)}`,
    'Everything is as it was before. Fix that, then type the same command again.',
  );
}

async function writeEntries(folder: string, entries: readonly OverlayEntry[]): Promise<void> {
  for (const entry of entries) {
    const path = join(folder, entry.path);
    await mkdir(dirname(path), {recursive: true});
    if ('target' in entry) await symlink(entry.target, path);
    else await writeFile(path, entry.text, {mode: entry.mode === '755' ? 0o755 : 0o644});
  }
}
