// The commands and their options. Loads what a command does only when it is the one that was typed.
import type {Command} from 'commander';
import {createCommandLine, runCommandLine} from '../core/command-line.ts';
import {exitCodes, UsageError, type ExitCode} from '../core/errors.ts';
import {orStopped} from '../core/stop.ts';
import {applyConfig} from './config.ts';
import {commandRows} from './command-options.ts';
import {examples} from './examples.ts';
import {
  addHiddenLimitOptions,
  addMachineOptions,
  addNetworkOptions,
  addOutputOptions,
  addRows,
  addSelectionOptions,
} from './options.ts';
import {offlineRow, type OptionRow} from '../recipe/option-table.ts';
import type {Terminal} from '../core/terminal.ts';
import type {Invocation} from './invocation.ts';

/** Commands that take back after a signal what they did; any other is given up soon after it, whatever it hangs in. */
const cleaning = new Set([
  'build',
  'batch',
  'reproduce',
  'fetch',
  'box',
  'bundle',
  'install',
  'parcel',
  'queue',
  'reap',
  'setup',
  'smoke',
  'ssh',
  'worker',
]);

/** What a command's module must give. */
interface CommandModule {
  readonly run: (
    terminal: Terminal,
    options: never,
    argument: never,
    invocation: Invocation,
  ) => Promise<ExitCode>;
}

/** @returns The exit code of the command that argv names. */
export async function createProgram(terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = defineProgram(terminal, (code) => {
    exitCode = code;
  });
  return runCommandLine(program, terminal, () => exitCode);
}

/** @param onEnd Is given the exit code of the command that was run. */
export function defineProgram(terminal: Terminal, onEnd: (exitCode: ExitCode) => void): Command {
  const program = createCommandLine('build-spark', terminal, {
    description:
      "Rebuilds Cloudera's Spark with the Thriftserver, spark-sql and SparkR, each release in a VM that is always destroyed.",
    after: 'The main job: build-spark --cdh 5.7.0     Its options: build-spark build --help',
  });

  const command = (
    signature: string,
    description: string,
    load: () => Promise<CommandModule>,
    {isDefault = false, hidden = false} = {},
  ): Command => {
    const made = program.command(signature, {isDefault, hidden}).description(description);
    made.copyInheritedSettings(program);
    made.showHelpAfterError(`(see: build-spark ${made.name()} --help)`);
    const example = examples[made.name()];
    if (example !== undefined) made.addHelpText('after', `\nExample: ${example}`);
    if (isDefault) made.allowExcessArguments();
    made.action(async (...all: unknown[]) => {
      const self = all.pop() as Command;
      const args = all.slice(0, -1);
      // Anything that is not a command reaches the default one as an argument.
      if (isDefault && self.args[0] !== undefined) {
        throw new UsageError(
          `build-spark has no command ${JSON.stringify(self.args[0])}.`,
          'The commands are listed by: build-spark --help',
        );
      }
      await applyConfig(self, terminal);
      const {run} = await load();
      const running = run(terminal, self.opts(), args[0] as never, {typed: findTyped(self)});
      const isCleaning = cleaning.has(self.name());
      onEnd(await (isCleaning ? running : orStopped(running, terminal.signal, 5_000)));
    });
    return made;
  };

  const building = (made: Command): Command => addOutputOptions(addMachineOptions(addSelectionOptions(made)));
  addHiddenLimitOptions(
    building(
      command(
        'build',
        'build dists, each in a VM of its own (the default command)',
        () => import('./commands/build.ts'),
        {isDefault: true},
      ),
    ),
  );
  addHiddenLimitOptions(
    building(
      command(
        'batch <file>',
        'build what a YAML file names: releases × features × deps',
        () => import('./commands/batch.ts'),
      ),
    ),
  );
  building(
    command(
      'plan [batch...]',
      'print what would be done, also of `batch <file>`; boots nothing',
      () => import('./commands/plan.ts'),
    ),
  );
  building(
    command(
      'source',
      'write the source trees as they would be built; boots nothing',
      () => import('./commands/source.ts'),
    ),
  );
  const bundle = command(
    'bundle <words...>',
    'create <options of builds>: all that they need as one file; use <file>: into the caches',
    () => import('./commands/bundle.ts'),
  );
  addRows(bundle.optionsGroup('The bundle:'), commandRows.bundle);
  // Where dists go, it does not ask.
  addOutputOptions(addMachineOptions(addSelectionOptions(bundle, ({name}) => name !== 'output')));
  const other = (signature: string, description: string, load: () => Promise<CommandModule>): Command => {
    const made = command(signature, description, load);
    const rows = new Map<string, readonly OptionRow[]>(Object.entries(commandRows)).get(made.name());
    return addOutputOptions(addRows(made, [...(rows ?? []), offlineRow]));
  };
  other(
    'releases',
    'every known release: what it is, what can be built and why not',
    () => import('./commands/releases.ts'),
  );
  other(
    'inspect',
    'what a ref of any source is, and what it can give',
    () => import('./commands/inspect.ts'),
  );
  const doctor = command('doctor', 'is this host ready', () => import('./commands/doctor.ts'));
  addRows(doctor.optionsGroup('The network:'), commandRows.doctor);
  // Which builds are meant, and how they would ask.
  const asked = [
    'cdh',
    'spark2',
    'ref',
    'newest-of',
    'source',
    'parquet-source',
    'with',
    'deps',
    'dependencies',
    'smoke',
  ];
  addOutputOptions(addNetworkOptions(addSelectionOptions(doctor, ({name}) => asked.includes(name))));
  other(
    'setup',
    'install what the host lacks, each command printed before it runs',
    () => import('./commands/setup.ts'),
  );
  other('worker', 'take builds from a queue and do them on this host', () => import('./commands/worker.ts'));
  other(
    'queue [action...]',
    'ls, attach <run>, cancel <run|build>, retry or drain a queue of builds',
    () => import('./commands/queue.ts'),
  );
  other('machines', 'machines of ours: building, kept, orphaned', () => import('./commands/machines.ts'));
  other(
    'reap',
    'destroy orphaned and overdue machines; only those in our journal',
    () => import('./commands/reap.ts'),
  );
  other(
    'fetch <build-id>',
    'fetch the dist of a kept machine that a build could not fetch, then destroy the machine',
    () => import('./commands/fetch.ts'),
  );
  other('ssh <build-id>', "a shell in a build's machine", () => import('./commands/ssh.ts'));
  other('logs <build-id>', "a build's log", () => import('./commands/logs.ts'));
  other(
    'report',
    'one HTML page of the builds of this host: matrix, timeline, failures',
    () => import('./commands/report.ts'),
  );
  other(
    'verify <dist>',
    'is this dist what its manifest says, and does it link with a cluster',
    () => import('./commands/verify.ts'),
  );
  other(
    'compare <dists...>',
    'what one dist, or the Spark of a parcel, has that another has not',
    () => import('./commands/compare.ts'),
  );
  addOutputOptions(
    addMachineOptions(
      addRows(
        command(
          'reproduce <dist>',
          'build it again in another machine, from its manifest alone, and name what differs',
          () => import('./commands/reproduce.ts'),
        ),
        commandRows.reproduce,
      ),
    ),
  );
  other('cache [action]', 'ls or prune what outlives the machines', () => import('./commands/cache.ts'));
  const install = command(
    'install <dist>',
    'put a dist on the node that runs the Thriftserver',
    () => import('./commands/install.ts'),
  );
  addRows(addOutputOptions(install).optionsGroup('Where and how:'), [...commandRows.install, offlineRow]);
  other(
    'parcel <dist...>',
    'what Cloudera Manager takes, of a dist; `parcel serve <folder>` shows it over http',
    () => import('./commands/parcel.ts'),
  );
  const smoke = command(
    'smoke <dist>',
    'ask an installed Thriftserver the smoke queries, on any cluster; leaves nothing there',
    () => import('./commands/smoke.ts'),
  );
  addRows(addOutputOptions(smoke).optionsGroup('Which server:'), commandRows.smoke);
  other('box [action]', 'ls, build or prune the boxes', () => import('./commands/box.ts'));
  other(
    'completion <shell>',
    'a script that completes words in bash, zsh or fish',
    () => import('./commands/completion.ts'),
  );
  command('complete [words...]', '', () => import('./commands/complete.ts'), {hidden: true});
  return program;
}

function findTyped(command: Command): ReadonlySet<string> {
  const names = command.options.map((option) => option.attributeName());
  return new Set(names.filter((name) => command.getOptionValueSource(name) === 'cli'));
}
