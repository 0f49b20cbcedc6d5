// Runs `setup --undo`: takes back what the record of setup names, if it is still there. Knows no other change.
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {removeAddedBox} from '../machine/boxes.ts';
import {HostError, UsageError} from '../core/errors.ts';
import type {Argv} from '../core/exec.ts';
import {removeTree} from '../core/mounts.ts';
import {quoteCommand} from '../core/quote.ts';
import {describeAptFailure, parseRehearsal, planPurge, planRehearsal} from './apt.ts';
import {findCommand, type Host} from './host.ts';
import {planLxcNetwork, readLxcNetwork} from './lxc-network.ts';
import type {SetupTools} from './run-setup.ts';
import {clearSetupJournal, isEmpty, readSetupJournal, type SetupJournal} from './setup-journal.ts';
import {openSudo, planAsRoot, sudoersFile} from './sudo.ts';

interface Undo {
  readonly argv: Argv;
  readonly needsRoot: boolean;
  run(): Promise<void>;
}

/**
 * Idempotent; what somebody removed in the meantime is not an error.
 * @throws UsageError when nobody can be asked, HostError while machines of ours are there.
 */
export async function undoSetup(
  tools: SetupTools,
  options: {readonly isYes: boolean},
): Promise<'nothing-to-do' | 'done' | 'declined'> {
  const {host, say} = tools;
  const journal = await readSetupJournal(host.paths);
  if (isEmpty(journal)) {
    say('Nothing to do: setup changed nothing on this host, or it was taken back already.');
    return 'nothing-to-do';
  }
  await refuseWithMachines(host);
  const undos = await planUndo(tools, journal);
  if (!options.isYes) {
    for (const undo of undos) say(printable(host, undo));
    if (tools.ask === undefined)
      throw new UsageError(
        'setup --undo asks before it changes this host, and there is nobody to answer.',
        'Type: build-spark setup --undo --yes',
      );
    if (
      undos.length > 0 &&
      !(await tools.ask(`Run ${undos.length === 1 ? 'this' : `these ${undos.length}`}?`))
    )
      return 'declined';
  }
  const sudo = undos.some(({needsRoot}) => needsRoot)
    ? await openSudo(host, tools.ask !== undefined)
    : undefined;
  try {
    for (const undo of undos) {
      tools.signal.throwIfAborted();
      say(printable(host, undo));
      await undo.run();
    }
  } finally {
    sudo?.close();
  }
  await clearSetupJournal(host.paths);
  return 'done';
}

function printable(host: Host, {argv, needsRoot}: Undo): string {
  return `+ ${quoteCommand(needsRoot ? planAsRoot(host, argv) : argv)}`;
}

async function refuseWithMachines({paths}: Host): Promise<void> {
  const entries = await readdir(paths.journal).catch(() => []);
  if (!entries.some((name) => name.endsWith('.json'))) return;
  throw new HostError(
    'build-spark still has machines here, which need what would be removed.',
    'Type: build-spark reap --all',
  );
}

/** In the reverse order of setup: Vagrant removes the box before it is removed itself. */
async function planUndo(tools: SetupTools, journal: SetupJournal): Promise<readonly Undo[]> {
  const {host, signal} = tools;
  const asRoot = (argv: Argv): Undo => ({
    argv,
    needsRoot: true,
    run: async () => {
      await host.exec(planAsRoot(host, argv), {signal, allow: 'any'});
    },
  });
  const undos: Undo[] = journal.boxes.map(({name, provider, os}) => ({
    argv: ['vagrant', 'box', 'remove', name, '--provider', provider, '--all', '--force'],
    needsRoot: false,
    run: async () => {
      if ((await findCommand(host, 'vagrant')) !== undefined) await removeAddedBox(host, name, provider);
      await removeTree(join(host.paths.boxes, os));
    },
  }));
  if (journal.isLxcNetworkOurs && (await readLxcNetwork(host)).isUp) {
    await refuseWithContainers(tools);
    undos.push(asRoot(planLxcNetwork('stop')));
  }
  const packages = await findInstalled(host, journal.packages);
  if (packages.length > 0) {
    const argv = planPurge(packages);
    await refuseWithDependents(tools, argv, packages);
    undos.push({
      argv,
      needsRoot: true,
      run: async () => {
        const {exitCode, stdout, stderr} = await host.exec(planAsRoot(host, argv), {
          signal,
          allow: 'any',
          onLine: (line) => tools.onProgress?.(line),
        });
        if (exitCode !== 0) throw describeAptFailure(`${stdout}\n${stderr}`);
      },
    });
  }
  if (journal.isSudoersOurs) undos.push(asRoot(['rm', '-f', sudoersFile]));
  return undos;
}

/** Containers of the user's own run on the same bridge. */
async function refuseWithContainers({host, signal}: SetupTools): Promise<void> {
  const {stdout} = await host.exec(planAsRoot(host, ['lxc-ls', '--running']), {signal, allow: 'any'});
  const names = stdout.split(/\s+/).filter(Boolean);
  if (names.length === 0) return;
  throw new HostError(
    `LXC containers run on the network bridge that setup started: ${names.join(', ')}.`,
    `Stop them first: ${quoteCommand(planAsRoot(host, ['lxc-stop', '-n', names[0] ?? '']))}`,
  );
}

async function findInstalled(host: Host, packages: readonly string[]): Promise<readonly string[]> {
  if (packages.length === 0) return [];
  const {stdout} = await host.exec(
    ['dpkg-query', '--show', '--showformat=${db:Status-Status} ${Package}:${Architecture}\n', ...packages],
    {allow: 'any'},
  );
  const installed = new Set(
    stdout.split('\n').flatMap((line) => /^installed ([^:\s]+)/.exec(line)?.[1] ?? []),
  );
  return packages.filter((name) => installed.has(name.replace(/:.*$/, '')));
}

/** What was installed since and needs ours must not go with it unasked. */
async function refuseWithDependents(
  {host, signal}: SetupTools,
  argv: Argv,
  packages: readonly string[],
): Promise<void> {
  const {exitCode, stdout, stderr} = await host.exec(planRehearsal(argv), {signal, allow: 'any'});
  if (exitCode !== 0) throw describeAptFailure(`${stdout}\n${stderr}`);
  const ours = new Set(packages.map((name) => name.replace(/:.*$/, '')));
  const others = parseRehearsal(stdout).removed.filter((name) => !ours.has(name.replace(/:.*$/, '')));
  if (others.length === 0) return;
  throw new HostError(
    `These packages were installed later and need what setup installed: ${others.join(', ')}. Nothing was removed.`,
    `Remove them first: ${quoteCommand(planAsRoot(host, ['apt-get', 'remove', ...others]))}`,
  );
}
