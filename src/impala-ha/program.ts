// The commands of impala-ha and their options. Loads what a command does only when it is the one that was typed.
import type {Command} from 'commander';
import {createCommandLine, runCommandLine} from '../core/command-line.ts';
import {exitCodes, type ExitCode} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {addLiveCommands} from './live-commands.ts';

/** What a command's module must give. */
interface CommandModule {
  readonly run: (terminal: Terminal, options: never, argument: never) => Promise<ExitCode>;
}

/** @returns The exit code of the command that argv names. */
export async function createHaProgram(terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = defineHaProgram(terminal, (code) => {
    exitCode = code;
  });
  return runCommandLine(program, terminal, () => exitCode);
}

/** @param onEnd Is given the exit code of the command that was run. */
export function defineHaProgram(terminal: Terminal, onEnd: (exitCode: ExitCode) => void): Command {
  const program = createCommandLine('impala-ha', terminal, {
    description:
      'HAProxy before Impala coordinators and Spark Thriftservers: configuration, roll-out, checks, drills.',
    after: 'To begin: impala-ha render --example >ha.yaml',
  });

  const command = (signature: string, description: string, load: () => Promise<CommandModule>): Command => {
    const made = program.command(signature).description(description);
    made.copyInheritedSettings(program);
    made.showHelpAfterError(`(see: impala-ha ${made.name()} --help)`);
    made.option('--verbose', 'after a crash, its stack trace').option('--no-color', 'no colours');
    made.action(async (...all: unknown[]) => {
      const self = all.pop() as Command;
      const {run} = await load();
      onEnd(await run(terminal, self.opts(), all.slice(0, -1)[0] as never));
    });
    return made;
  };
  const specOption = ['--spec <file>', 'the spec (YAML); - is standard input'] as const;
  const articleOption = [
    '--article [balance]',
    "the original article's layout, repaired: roundrobin or leastconn",
  ] as const;

  command(
    'render',
    "spec in, HAProxy's configuration out; touches nothing else",
    () => import('./commands/render.ts'),
  )
    .option(...specOption)
    .option('--out <file>', 'write it there and not to standard output')
    .option('--example', 'print a commented spec')
    .option(...articleOption);
  command(
    'clients',
    'what to change in Cloudera Manager, Hue, JDBC, impala-shell, Kerberos',
    () => import('./commands/clients.ts'),
  )
    .requiredOption(...specOption)
    .option(...articleOption)
    .option('--json', 'for scripts, on stdout');
  command(
    'report [results...]',
    'what check, drill and status --json printed, as one HTML page',
    () => import('./commands/report.ts'),
  ).option('--output <file>', 'the file to write', 'impala-ha.html');
  addLiveCommands(command, specOption, articleOption);
  return program;
}
