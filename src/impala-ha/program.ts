// The commands of impala-ha and their options. Loads what a command does only when it is the one that was typed.
import {Command, CommanderError} from 'commander';
import {exitCodes, type ExitCode} from '../core/errors.ts';
import {createRedactor} from '../core/redact.ts';
import {findTypedSecrets} from '../core/typed-secrets.ts';
import {readVersion} from '../core/tool-version.ts';
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
  try {
    await program.parseAsync(terminal.argv, {from: 'user'});
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

/** @param onEnd Is given the exit code of the command that was run. */
export function defineHaProgram(terminal: Terminal, onEnd: (exitCode: ExitCode) => void): Command {
  const redact = (text: string): string =>
    createRedactor(findTypedSecrets(terminal.argv, terminal.env))(text);
  const program = new Command('impala-ha')
    .description(
      'HAProxy before Impala coordinators and Spark Thriftservers: configuration, roll-out, checks, drills.',
    )
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'this text; after a command, its options')
    .addHelpText('after', '\nTo begin: impala-ha render --example >ha.yaml')
    .showSuggestionAfterError()
    .showHelpAfterError('(see: impala-ha --help)')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(redact(text)),
    })
    .configureHelp({helpWidth: Math.min(terminal.stdout.columns || 100, 110)})
    .exitOverride();

  const command = (signature: string, description: string, load: () => Promise<CommandModule>): Command => {
    const made = program.command(signature).description(description);
    made.copyInheritedSettings(program);
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
  addLiveCommands(command, specOption, articleOption);
  return program;
}
