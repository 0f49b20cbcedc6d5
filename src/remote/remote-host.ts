// The interface of another host: commands, files, folders. Knows neither ssh nor what is done there.
import type {Duplex, Readable} from 'node:stream';
import {BuildError} from '../core/errors.ts';
import type {CommandResult, Exec, LineHandler} from '../core/exec.ts';

export interface HostRunOptions {
  /** Through sudo, unless we are root there anyway. */
  readonly asRoot?: boolean;
  /** Without it stdin is closed, so that nothing can ask a question. */
  readonly input?: string | Readable | undefined;
  /** Exit codes that do not throw; `'any'` for all. Default: only 0. */
  readonly allow?: readonly number[] | 'any' | undefined;
  readonly onLine?: LineHandler | undefined;
  /** Rejects with its reason. The command itself may go on over there: ssh has no sure way to end it. */
  readonly signal?: AbortSignal | undefined;
  /** Rejects with HostTimeoutError; the command itself may go on as well. */
  readonly timeoutMs?: number;
}

type FileOptions = Pick<HostRunOptions, 'asRoot' | 'signal' | 'timeoutMs'>;

interface WriteFileOptions extends FileOptions {
  /** In octal, such as `644`, which is the default. */
  readonly mode?: string;
}

interface SendFolderOptions extends FileOptions {
  /** Paths in the folder; default: all of it. */
  readonly only?: readonly string[] | undefined;
  /** Called now and then with what was sent so far. */
  readonly onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * One host, for as long as the connection lasts; then every method rejects with ConnectionLostError.
 * Every word of an argv reaches the command as it is: no shell sees it unquoted.
 */
export interface RemoteHost {
  /** As the operator typed it: `admin@node1:2222`, an alias, `localhost`. */
  readonly name: string;
  /** Whether it is this very host, without ssh. */
  readonly isLocal: boolean;
  /** Output is never held whole: `stdout` is its last 2,000 lines. Throws RemoteCommandError. */
  run(argv: readonly string[], options?: HostRunOptions): Promise<CommandResult>;
  /** @returns undefined when there is no such file. Throws RemoteCommandError when it cannot be read. */
  readFile(path: string, options?: FileOptions): Promise<Buffer | undefined>;
  /** Whole or not at all: beside it first, checked, then renamed. The folder must be there. A link is replaced, not followed. */
  writeFile(path: string, data: string | Buffer, options?: WriteFileOptions): Promise<void>;
  /** Puts what is in a folder of ours into one there, which is made; what is in there besides stays. Not atomic. */
  sendFolder(from: string, to: string, options?: SendFolderOptions): Promise<void>;
  /** A connection to a unix socket there, as the user who logged in. Needs no program there; not every sshd allows it. */
  openSocket(path: string): Promise<Duplex>;
  close(): void;
}

export interface OpenHostOptions {
  /** For `localhost`, and for packing folders. */
  readonly exec: Exec;
  /** SSH_AUTH_SOCK is read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose `.ssh` is read. */
  readonly home: string;
  readonly signal?: AbortSignal | undefined;
  /** Asks on the terminal without echo. Absent where there is none: then nothing is asked, and the error says what to do. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Whether passwords, of a login and of sudo, may be asked for; passphrases of keys always may. Default: no. */
  readonly mayAskPassword?: boolean;
}

export class HostTimeoutError extends BuildError {
  constructor(name: string, argv: readonly string[], timeoutMs: number) {
    super(
      `On ${name}, \`${argv.join(' ').slice(0, 200)}\` took longer than ${Math.round(timeoutMs / 1_000)} s.`,
      'Look at that host, then type the same command again.',
    );
  }
}
