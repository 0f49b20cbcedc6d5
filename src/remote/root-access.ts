// Finds how to be root on a host: already, by sudo without a question, or by sudo with a password on its stdin.
import {randomBytes} from 'node:crypto';
import {Readable} from 'node:stream';
import {BuildError} from '../core/errors.ts';
import type {CommandResult} from '../core/exec.ts';
import type {HostRunOptions} from './remote-host.ts';

/** Runs argv as the user who logged in. */
export type Runner = (
  argv: readonly string[],
  options?: Omit<HostRunOptions, 'asRoot' | 'timeoutMs'>,
) => Promise<CommandResult>;

/** A command and its input, so that it runs as root. */
export type AsRoot = (
  argv: readonly string[],
  input: string | Readable | undefined,
) => {readonly argv: readonly string[]; readonly input?: string | Readable | undefined};

/** Locale and names as a script needs them. */
const english = ['env', 'LC_ALL=C'];

/**
 * @param ask Asks for sudo's password; undefined where it may not be asked for.
 * @throws BuildError that says what is missing.
 */
export async function findRootAccess(
  run: Runner,
  name: string,
  ask: (() => Promise<string>) | undefined,
  signal?: AbortSignal,
): Promise<AsRoot> {
  const options = {allow: 'any' as const, signal};
  const {stdout} = await run(['id', '-u'], options);
  if (stdout.trim() === '0') return (argv, input) => ({argv, input});
  const free = await run([...english, 'sudo', '-n', 'true'], options);
  if (free.exitCode === 0)
    return (argv, input) => ({
      argv: ['sudo', '-n', '--', ...argv],
      input,
    });
  if (free.exitCode === 127)
    throw new BuildError(
      `The command sudo is not on ${name}, and root's rights are needed there.`,
      'Log in as root, or install sudo there.',
    );
  if (free.stderr.includes('must have a tty')) throw needsTty(name);
  if (ask === undefined)
    throw new BuildError(
      `sudo on ${name} asks for a password.`,
      'Add --ask-password, on a terminal; or allow that user sudo without one; or log in as root.',
    );
  return findWithPassword(run, name, ask, options);
}

async function findWithPassword(
  run: Runner,
  name: string,
  ask: () => Promise<string>,
  options: {readonly allow: 'any'; readonly signal?: AbortSignal | undefined},
): Promise<AsRoot> {
  for (let attempt = 1; ; attempt++) {
    const password = await ask();
    const {exitCode, stderr} = await run([...english, ...sudoWithPassword, 'true'], {
      ...options,
      input: `${password}\n`,
    });
    if (exitCode === 0) return (argv, input) => withPassword(password, argv, input);
    if (stderr.includes('must have a tty')) throw needsTty(name);
    if (attempt < 3 && /try again|incorrect password|no password was provided/i.test(stderr)) continue;
    const reason = stderr.trim().split('\n').at(-1) ?? '';
    throw new BuildError(
      `sudo on ${name} refuses us: ${reason}`,
      `Look at what that user may do there: sudo -l`,
    );
  }
}

/** `-k`: asks although somebody was asked a moment ago, so that we know who reads the first line. */
const sudoWithPassword = ['sudo', '-k', '-S', '-p', '', '--'];

/**
 * Should a rule let this very command pass without a password, then the password must not be taken for its input:
 * all lines up to the mark are thrown away, byte by byte, so that the rest is the command's.
 */
function withPassword(
  password: string,
  argv: readonly string[],
  input: string | Readable | undefined,
): {readonly argv: readonly string[]; readonly input: string | Readable} {
  const mark = randomBytes(16).toString('hex');
  const script = 'while IFS= read -r line && [ "$line" != "$0" ]; do :; done; exec "$@"';
  const head = `${password}\n${mark}\n`;
  return {
    argv: [...sudoWithPassword, 'sh', '-c', script, mark, ...argv],
    input: input === undefined || typeof input === 'string' ? head + (input ?? '') : concat(head, input),
  };
}

function concat(head: string, tail: Readable): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from(head);
      yield* tail as AsyncIterable<Buffer>;
    })(),
    {objectMode: false},
  );
}

function needsTty(name: string): BuildError {
  return new BuildError(
    `sudo on ${name} only works on a terminal (requiretty).`,
    'Remove "Defaults requiretty" for that user (visudo), or log in as root.',
  );
}
