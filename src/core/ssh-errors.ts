// What can go wrong on the other side of ssh. Knows nothing of the protocol.
import {BuildError} from './errors.ts';
import type {CommandResult} from './exec.ts';

export class RemoteCommandError extends BuildError {
  /** @param place Where: `In the guest`, `On node1`. */
  constructor(
    readonly argv: readonly string[],
    readonly result: CommandResult,
    readonly signalName?: string,
    place = 'In the guest',
    hint = 'Read the whole log.',
  ) {
    const how =
      signalName === undefined ? `ended with exit code ${result.exitCode}` : `was ended by SIG${signalName}`;
    const tail = [...result.stdout.split('\n').slice(-8), ...result.stderr.split('\n').slice(-8)].filter(
      (line) => line !== '',
    );
    super(
      `${place}, \`${argv.join(' ').slice(0, 200)}\` ${how}.\n${tail.slice(-8).join('\n')}`.trimEnd(),
      hint,
    );
  }
}

export class ConnectionLostError extends BuildError {
  constructor(
    readonly reason: string,
    host = 'the machine',
    hint = 'Was the machine stopped? Type the same command to build again.',
    options?: ErrorOptions,
  ) {
    super(`The ssh connection to ${host} was lost: ${reason}.`, hint, options);
  }
}

export class SilenceError extends BuildError {
  constructor(silenceMs: number) {
    super(
      `Nothing was printed for ${Math.round(silenceMs / 60_000)} minutes.`,
      'Read the log; a longer wait is `--silence 1h`.',
    );
  }
}

export class FetchTimeoutError extends BuildError {
  constructor(from: string, timeoutMs: number) {
    super(
      `${from} could not be fetched from the machine within ${Math.round(timeoutMs / 60_000)} minutes.`,
      'Type the same command to build again.',
    );
  }
}
