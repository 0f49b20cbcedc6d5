// Makes one change on the proxy's host: the command, and where it has a remedy, that and the command once more. Knows
// nothing of what the commands do.
import {quoteCommand} from '../core/quote.ts';
import {RemoteCommandError} from '../core/ssh-errors.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {Change} from './change.ts';

interface ChangeContext {
  readonly host: Pick<RemoteHost, 'run'>;
  readonly signal: AbortSignal;
  readonly isDryRun: boolean;
  readonly onNote: (line: string) => void;
  /** Gets what was done. */
  readonly state: {readonly changes: string[]};
}

/** @throws RemoteCommandError of the command's last try. */
export async function makeChange(
  {host, signal, state, isDryRun, onNote}: ChangeContext,
  {what, argv, remedy}: Change,
): Promise<void> {
  const options = {asRoot: true, signal, timeoutMs: 900_000} as const;
  const run = async (): Promise<void> => {
    onNote(`${isDryRun ? 'would run' : 'runs'}: ${quoteCommand(argv)}`);
    if (!isDryRun) await host.run(argv, options);
  };
  try {
    await run();
  } catch (error) {
    if (remedy === undefined || !(error instanceof RemoteCommandError)) throw error;
    onNote(`that failed, so once more after: ${quoteCommand(remedy)}`);
    // What it says of itself would hide why the command failed.
    await host.run(remedy, {...options, allow: 'any'});
    await run();
  }
  state.changes.push(what);
}
