// Puts the configuration on the proxy's host: installs, validates, swaps, confirms, and takes all back when it fails.
// Read `applySteps` from top to bottom. Knows nothing of terminals.
import type {Clock} from '../core/clock.ts';
import {BuildError, describeError} from '../core/errors.ts';
import {quoteCommand} from '../core/quote.ts';
import {ConnectionLostError} from '../core/ssh-errors.ts';
import {runSteps, type Step, type StepContext} from '../core/steps.ts';
import {nothingCarried, readCarried, writeCarried} from './apply-carry.ts';
import {makeChange} from './apply-change.ts';
import {
  findDeadBackends,
  findLostBackends,
  findProcess,
  waitForServers,
  waitForWorker,
  ConfirmError,
} from './apply-confirm.ts';
import {factsOf, planOf, type ApplyContext, type ApplyRequest, type ApplyResult} from './apply-context.ts';
import {startGuard} from './apply-guard.ts';
import {install, look} from './apply-look.ts';
import {confirmAnswering, findAnswering, refuseLoss} from './apply-foreign.ts';
import {outlineConfig} from './config-outline.ts';
import {createProxySocket} from './runtime-access.ts';
import {isLoopback} from './loops.ts';
import {planApply, planBackup, planNewFile, planValidation, type Opening} from './apply-plan.ts';
import {readServers, type ServerState} from './runtime-socket.ts';
import {readDurationMs} from './spec-values.ts';
import type {HaSpec} from './spec.ts';
import {listFeatures, parseHaproxyVersion} from './versions.ts';

/** The confirmation takes as long as the health checks; without it all is as before after this. */
const guardWaitS = 90;

/** @throws What went wrong; then the host is as it was, or the error says what is not. */
export async function applySpec(
  request: ApplyRequest,
  tools: {readonly clock: Clock; readonly signal: AbortSignal; readonly onStep: StepContext['onStep']},
): Promise<ApplyResult> {
  const context: ApplyContext = {
    ...request,
    ...tools,
    state: {before: [], answered: [], carried: nothingCarried, isKept: false, changes: [], servers: []},
  };
  const outcome = await runSteps(applySteps, context);
  const [leak] = outcome.leaks;
  if (leak?.error instanceof ConnectionLostError && context.state.guard !== undefined)
    throw new BuildError(
      `${describeError(outcome.status === 'done' ? leak.error : outcome.error)} The change was not confirmed, so ${request.host.name} itself takes it back within ${guardWaitS} s.`,
      'Type the same command again after that.',
    );
  if (leak !== undefined) throw leak.error;
  if (outcome.status !== 'done') throw outcome.error;
  const {changes, servers} = context.state;
  return {changes, servers};
}

const upload: Step<ApplyContext> = {
  name: 'Validate the configuration there',
  async run(context) {
    const {host, spec, installation, signal, state, render, socket, isDryRun, isReplacing, onNote} = context;
    const facts = factsOf(context);
    const text = render(facts.version ?? spec.proxy.haproxy);
    if (!isReplacing) refuseLoss(host.name, installation.config, facts, text);
    state.answered = findAnswering(facts, text);
    state.process = facts.isRunning ? await findProcess(socket, signal) : undefined;
    const since = state.process === undefined ? undefined : facts.nowS - state.process.uptimeS;
    state.plan = planApply(spec, listOpenings(context), facts, text, since);
    const {swap} = state.plan;
    const file = swap === 'file' ? planNewFile(installation) : installation.config;
    const argv = planValidation(facts.version, file);
    if (isDryRun) {
      if (swap === 'file')
        onNote(`would write ${file} (${text.split('\n').length - 1} lines; impala-ha render shows them)`);
      onNote(`would run: ${quoteCommand(argv)}`);
      return;
    }
    if (swap === 'file')
      await host.writeFile(file, text, {asRoot: true, mode: planMode(spec, facts.config?.mode), signal});
    const result = await host.run(argv, {asRoot: true, allow: 'any', timeoutMs: 120_000, signal});
    const said = `${result.stderr}\n${result.stdout}`.trim();
    // Before 2.4 a warning does not fail the check.
    if (result.exitCode === 0 && !said.includes('[WARNING]')) return;
    throw new BuildError(
      `On ${host.name}, HAProxy ${facts.version ?? ''} does not accept the configuration:\n${said.slice(0, 4_000)}`,
      'Nothing was changed. If the spec is right, this is a bug of impala-ha: please report what it says.',
    );
  },
  async cleanup({host, installation, isDryRun}, signal) {
    if (!isDryRun) await host.run(['rm', '-f', planNewFile(installation)], {asRoot: true, signal});
  },
};

const allow: Step<ApplyContext> = {
  name: 'Allow HAProxy its ports',
  async run(context) {
    for (const change of planOf(context).before) await makeChange(context, change);
  },
  async cleanup({host, state, isDryRun}, signal) {
    if (isDryRun || state.isKept) return;
    for (const {undo} of state.plan?.before ?? [])
      if (undo !== undefined) await host.run(undo, {asRoot: true, signal});
  },
};

const swapIn: Step<ApplyContext> = {
  name: 'Change over',
  graceMs: 60_000, // Before the guard runs, nothing can be taken back.
  async run(context) {
    const {host, installation, clock, signal, state, socket, frontends, isDryRun, onNote} = context;
    const {swap} = planOf(context);
    if (swap === undefined) return;
    const what = `${swap === 'file' ? 'replace the configuration, ' : ''}${factsOf(context).isRunning ? 'reload' : 'start'} HAProxy`;
    const backup = planBackup(installation, clock.now());
    if (isDryRun) {
      if (swap === 'file' && factsOf(context).config !== undefined)
        onNote(`would keep ${installation.config} as ${backup}`);
      if (swap === 'file') onNote(`would rename the new file to ${installation.config}`);
      onNote(`would ${what}; and take it back unless it works`);
      state.changes.push(what);
      return;
    }
    state.before = await readServersBefore(context);
    if (state.process !== undefined) {
      const sticky = frontends.filter(({isSticky}) => isSticky);
      state.carried = await readCarried(
        socket,
        sticky.map(({backendName}) => backendName),
        signal,
      );
    }
    signal.throwIfAborted();
    state.guard = await startGuard(
      host,
      {
        installation,
        service: factsOf(context).service,
        hasMaster: listFeatures(parseHaproxyVersion(factsOf(context).version ?? '1.8')).master,
        newFile: swap === 'file' ? planNewFile(installation) : installation.config,
        backup,
        id: backup.replace(/^.*\.cfg\.|[^0-9TZ]/g, ''),
        waitS: guardWaitS,
      },
      clock,
    );
    await state.guard.reloaded(signal);
    const found = await waitForWorker(socket, state.process?.pid, {clock, signal, limitMs: 20_000});
    onNote(`HAProxy ${found.version}, process ${found.pid}`);
    const carried = await writeCarried(socket, state.carried, signal);
    if (carried.clients > 0) onNote(`${carried.clients} clients stay with their server`);
    for (const each of carried.states) onNote(`still so: ${each}`);
    state.changes.push(what);
  },
  async cleanup({socket, clock, state, onNote}, signal) {
    if (state.guard === undefined || state.isKept || state.guard.isOver()) return;
    onNote('takes the change back');
    const wrong = await findProcess(socket, signal);
    await state.guard.takeBack();
    // Until the process with the old configuration is there, the wrong one still answers.
    if (state.process !== undefined)
      await waitForWorker(socket, wrong?.pid, {clock, signal, limitMs: 20_000});
  },
};

const confirm: Step<ApplyContext> = {
  name: 'See every server',
  async run({host, socket, spec, frontends, clock, signal, state, isDryRun, isForced}) {
    if (isDryRun) return;
    const waiting = {clock, signal, limitMs: planCheckMs(spec)};
    const {ours, others} = await waitForServers(socket, frontends, state.before, waiting);
    state.servers = ours;
    const lost = state.guard === undefined ? [] : findLostBackends(state.before, [...ours, ...others]);
    if (lost.length > 0)
      throw new ConfirmError(
        `With the new configuration no server of ${lost.join(', ')} is up, although one was before:\n${describeDown([...ours, ...others].filter(({backend}) => lost.includes(backend)))}`,
        'Everything is as before. Look at ports, TLS and authentication in the spec.',
      );
    const dead = isForced ? [] : findDeadBackends(state.servers);
    if (dead.length > 0)
      throw new ConfirmError(
        `No server of ${dead.join(', ')} is up:\n${describeDown(state.servers)}`,
        `${state.guard === undefined ? 'Nothing was changed' : 'Everything is as before'}. Look at version, ports, TLS and authentication in the spec; if the daemons are to start after the proxy, add --force.`,
      );
    if (state.guard !== undefined) await confirmAnswering(host, state.answered, {clock, signal});
    await state.guard?.keep();
    state.isKept = true;
  },
};

const finish: Step<ApplyContext> = {
  name: 'Start at boot, open the firewall',
  async run(context) {
    for (const change of planOf(context).after) await makeChange(context, change);
  },
};

const applySteps: readonly Step<ApplyContext>[] = [look, install, upload, allow, swapIn, confirm, finish];

/** Through our runtime socket, or through that of the configuration which somebody else wrote. */
async function readServersBefore(context: ApplyContext): Promise<readonly ServerState[]> {
  const {host, socket, signal, state} = context;
  if (state.process !== undefined) return readServers(socket, signal);
  const {config, isRunning} = factsOf(context);
  const path = isRunning && config !== undefined ? outlineConfig(config.text).socket : undefined;
  if (path === undefined) return [];
  return readServers(createProxySocket(host, path), signal).catch(() => []);
}

function listOpenings({spec: {statistics}, frontends}: ApplyContext): readonly Opening[] {
  const isOpen = statistics !== false && !statistics.bind.every((address) => isLoopback(address));
  return [...frontends, ...(isOpen ? [statistics] : [])].map(({port, allow}) => ({port, allow}));
}

/** With the hash of a password in it, the file is not for everybody to read. */
const planMode = ({statisticsPassword}: HaSpec, present = '644'): string =>
  statisticsPassword === undefined ? present : '600';

/** Until a server that is down was checked often enough, and a little more for a busy host. */
function planCheckMs({impala, thriftserver, hiveserver2}: HaSpec): number {
  const each = [impala, thriftserver, hiveserver2].flatMap((service) =>
    service === undefined
      ? []
      : [
          service.checks.fall *
            (readDurationMs(service.checks.interval) + readDurationMs(service.checks.timeout)),
        ],
  );
  return Math.min(Math.max(...each) + 5_000, (guardWaitS - 30) * 1_000);
}

export function describeDown(servers: readonly ServerState[]): string {
  return servers
    .filter(({status}) => !status.startsWith('UP'))
    .map(
      ({backend, server, status, check, reason}) =>
        `  ${backend}/${server}: ${[status, check, reason].filter((word) => word !== '').join(', ')}`,
    )
    .join('\n');
}
