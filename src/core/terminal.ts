// What a command may know of the process it runs in. Handed in, so that tests need no process of their own.
import type {ReadStream, WriteStream} from 'node:tty';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  /** Without node and the script. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly home: string;
  readonly cwd: string;
  readonly isRoot: boolean;
  readonly stdin: Pick<ReadStream, 'isTTY'> & NodeJS.ReadableStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  /** What must not be printed, as far as it is known by now; preflight adds to it. */
  readonly secrets: Set<string>;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** For a command that ends in steps of its own: its text for the next signal, and what that does. */
  readonly onNextSignal?: ((next: NextSignal) => void) | undefined;
}

export interface NextSignal {
  readonly text: string;
  readonly act: () => void;
}
