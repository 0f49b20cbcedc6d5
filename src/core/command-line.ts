// What the command lines of both tools are like: where their text goes, how help is asked for, what commander's end
// means as an exit code. Knows no command.
import {Command, CommanderError} from 'commander';
import {exitCodes, type ExitCode} from './errors.ts';
import {createRedactor} from './redact.ts';
import type {Terminal} from './terminal.ts';
import {readVersion} from './tool-version.ts';
import {findTypedSecrets} from './typed-secrets.ts';

export interface ProgramTexts {
  readonly description: string;
  /** At the end of the help. */
  readonly after: string;
}

/** A program without commands. */
export function createCommandLine(
  name: string,
  terminal: Terminal,
  {description, after}: ProgramTexts,
): Command {
  const {argv, env, stdout, stderr} = terminal;
  // Commander repeats what was typed, and a wrong option may hold a password all the same.
  const redact = (text: string): string => createRedactor(findTypedSecrets(argv, env))(text);
  return new Command(name)
    .description(description)
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'this text; after a command, its options')
    .addHelpText('after', `\n${after}`)
    .showSuggestionAfterError()
    .showHelpAfterError(`(see: ${name} --help)`)
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(redact(text)),
    })
    .configureHelp({helpWidth: Math.min(stdout.columns || 100, 110)})
    .exitOverride();
}

/** Runs the command that argv names. @param readExitCode What the command came to. */
export async function runCommandLine(
  program: Command,
  {argv}: Pick<Terminal, 'argv'>,
  readExitCode: () => ExitCode,
): Promise<ExitCode> {
  try {
    await program.parseAsync(argv, {from: 'user'});
    return readExitCode();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}
