// Runs `setup`: prints each command, runs it, records what is to be taken back. What to do is decided in setup-plan.ts.
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {buildBox} from '../machine/box-build.ts';
import type {Clock} from '../core/clock.ts';
import {HostError, UsageError} from '../core/errors.ts';
import type {Argv, CommandResult} from '../core/exec.ts';
import {quoteCommand} from '../core/quote.ts';
import {describeAptFailure, parseRehearsal, planRehearsal} from './apt.ts';
import type {Host} from './host.ts';
import {bridge, readLxcNetwork} from './lxc-network.ts';
import {findDefaultBox, readSetupFacts} from './setup-facts.ts';
import {recordSetup} from './setup-journal.ts';
import {planSetup, type SetupOptions, type SetupPlan, type SetupStep} from './setup-plan.ts';
import {openSudo, planAsRoot, renderSudoers} from './sudo.ts';

export interface SetupTools {
  readonly host: Host;
  readonly clock: Clock;
  /** One line for the operator. */
  readonly say: (line: string) => void;
  /** What a long command does at this moment; may be dropped. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Asks yes or no; undefined where there is no terminal. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
  readonly signal: AbortSignal;
}

export interface SetupResult {
  readonly status: 'nothing-to-do' | 'done' | 'declined';
  readonly plan: SetupPlan;
}

interface RunOptions extends SetupOptions {
  readonly isYes: boolean;
  readonly isOffline?: boolean | undefined;
}

/**
 * Idempotent.
 * @throws UsageError when nobody can be asked, HostError when this host is not ready for builds afterwards.
 */
export async function runSetup(tools: SetupTools, options: RunOptions): Promise<SetupResult> {
  const {host, say} = tools;
  const plan = planSetup(await readSetupFacts(host, options.provider, options.isOffline), options);
  for (const {message, remedy} of plan.problems) say(`! ${message}\n  ${remedy}`);
  if (plan.steps.length === 0) {
    throwProblems(plan);
    say('Nothing to do: this host has what builds need.');
    return {status: 'nothing-to-do', plan};
  }
  if (!options.isYes) {
    for (const step of plan.steps) say(`${printable(host, step)}\n    to ${step.why}`);
    if (tools.ask === undefined)
      throw new UsageError(
        'setup asks before it changes this host, and there is nobody to answer.',
        'Type: build-spark setup --yes',
      );
    const answer = await tools.ask(`Run ${plan.steps.length === 1 ? 'this' : `these ${plan.steps.length}`}?`);
    if (!answer) return {status: 'declined', plan};
  }
  if (plan.steps.some(({effect}) => effect === 'sudoers')) await writeSudoersDraft(host, plan);
  const hasTerminal = tools.ask !== undefined;
  let isShared = !plan.steps.some(({effect}) => effect === 'sudoers');
  let sudo = isShared && plan.steps.some(needsSudo) ? await openSudo(host, hasTerminal) : undefined;
  if (!isShared && !hasTerminal) {
    throw new HostError(
      'sudo asks for a password, and there is no terminal to type it on.',
      'Type on a terminal: build-spark setup. Or run it as root.',
    );
  }
  try {
    let lists = '';
    for (const step of plan.steps) {
      tools.signal.throwIfAborted();
      say(printable(host, step));
      if (!isShared && step.effect !== 'sudoers') {
        isShared = true;
        sudo = await openSudo(host, hasTerminal);
      }
      lists += await runStep(tools, plan, step, options, lists);
    }
  } finally {
    sudo?.close();
  }
  throwProblems(plan);
  return {status: 'done', plan};
}

function needsSudo(step: SetupStep): boolean {
  return step.needsRoot || step.effect === 'box';
}

function throwProblems({problems}: SetupPlan): void {
  const [first] = problems;
  if (first !== undefined) throw new HostError(problems.map(({message}) => message).join('\n'), first.remedy);
}

function printable(host: Host, step: SetupStep): string {
  return `+ ${quoteCommand(step.needsRoot ? planAsRoot(host, step.argv) : step.argv)}`;
}

async function writeSudoersDraft(host: Host, plan: SetupPlan): Promise<void> {
  const draft = plan.steps.find(({argv}) => argv[0] === 'install')?.argv.at(-2);
  if (draft === undefined) return;
  await mkdir(dirname(draft), {recursive: true});
  await writeFile(draft, renderSudoers(host.user.name), {mode: 0o600});
}

/** @returns What is worth knowing when a later step fails: the complaints of `apt-get update`. */
async function runStep(
  tools: SetupTools,
  plan: SetupPlan,
  step: SetupStep,
  options: RunOptions,
  lists: string,
): Promise<string> {
  const {host} = tools;
  switch (step.effect) {
    case 'lists': {
      const {stdout, stderr} = await runCommand(tools, step, 'any');
      return `${stdout}\n${stderr}`;
    }
    case 'packages':
      await installPackages(tools, step, lists);
      return '';
    case 'sudoers':
      // On the terminal: sudo asks here, for the first time.
      await host.exec(planAsRoot(host, step.argv), {interactive: true, signal: tools.signal});
      if (step.argv[0] === 'install') await recordSetup(host.paths, {isSudoersOurs: true});
      return '';
    case 'lxc-network':
      await startNetwork(tools, step);
      return '';
    case 'libvirt-daemon':
      await runCommand(tools, step, 'any'); // It may run already; the provider is asked afterwards.
      return '';
    case 'box':
      await addBox(tools, plan, options);
      return '';
  }
}

async function runCommand(
  {host, onProgress, signal}: SetupTools,
  {argv, needsRoot}: SetupStep,
  allow?: 'any',
): Promise<CommandResult> {
  return host.exec(needsRoot ? planAsRoot(host, argv) : argv, {
    signal,
    onLine: (line) => onProgress?.(line),
    allow,
  });
}

async function installPackages(tools: SetupTools, step: SetupStep, lists: string): Promise<void> {
  const {host, signal} = tools;
  const rehearsal = await host.exec(planRehearsal(step.argv), {allow: 'any', signal});
  const output = (result: CommandResult): string => `${lists}\n${result.stdout}\n${result.stderr}`;
  if (rehearsal.exitCode !== 0) throw describeAptFailure(output(rehearsal));
  const {added, removed} = parseRehearsal(rehearsal.stdout);
  if (removed.length > 0) {
    throw new HostError(
      `apt would remove ${removed.join(', ')} for it, so nothing was installed.`,
      `Decide for yourself: ${quoteCommand(planAsRoot(host, step.argv))}`,
    );
  }
  await recordSetup(host.paths, {packages: [...added]}); // Before: what a killed apt installed is known too.
  const result = await runCommand(tools, step, 'any');
  if (result.exitCode !== 0) throw describeAptFailure(output(result));
}

/** In a fresh container the service may take its time; it has failed when the bridge is not there in the end. */
async function startNetwork(tools: SetupTools, step: SetupStep): Promise<void> {
  const {host, clock, signal} = tools;
  if ((await readLxcNetwork(host)).isUp) return; // The package's own script started it.
  const {stdout, stderr} = await runCommand(tools, step, 'any');
  for (let attempt = 0; attempt < 10; attempt++) {
    if ((await readLxcNetwork(host)).isUp) {
      await recordSetup(host.paths, {isLxcNetworkOurs: true});
      return;
    }
    await clock.sleep(500, signal);
  }
  const {reason} = await readLxcNetwork(host);
  throw new HostError(
    `${reason} lxc-net did not bring it up: ${`${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' ')}`,
    `Look at it: ip address show ${bridge}; ${quoteCommand(planAsRoot(host, ['/usr/libexec/lxc/lxc-net', 'restart'] as Argv))}`,
  );
}

async function addBox(tools: SetupTools, plan: SetupPlan, options: RunOptions): Promise<void> {
  const {host, clock, signal} = tools;
  const box = await findDefaultBox(host, plan.provider ?? 'lxc');
  if (box?.os === undefined) return;
  const {status} = await buildBox({...host, clock}, box, {
    signal,
    mirror: options.mirror,
    isOffline: options.isOffline,
    onPhase: (phase) => tools.say(`    ${phase}`),
    announce: (line) => tools.say(`    ${line}`),
  });
  if (status !== 'up-to-date')
    await recordSetup(host.paths, {
      boxes: [{name: box.reference.name, provider: box.provider, os: box.os}],
    });
}
