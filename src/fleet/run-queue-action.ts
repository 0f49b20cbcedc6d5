// `queue`: opens it, does one thing, closes it.
import type {OutputOptions} from '../batch/build-options.ts';
import type {RunSurroundings} from '../batch/run.ts';
import {UsageError, type ExitCode} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {attach} from './attach.ts';
import {cancel, drain, listQueue, retry, type Cancelled, type ListedQueue} from './queue-actions.ts';
import {openQueue, type FleetQueue} from './queue.ts';
import {parseQueueAddress} from './queue-address.ts';
import {createSay} from '../batch/say.ts';

export type QueueOptions = OutputOptions & {readonly queue: string};
export type {ListedQueue, Cancelled};

/** What the command prints; of `attach` the report has told all. */
export type QueueAnswer =
  | {readonly type: 'listed'; readonly queue: ListedQueue}
  | {readonly type: 'cancelled'; readonly jobs: readonly Cancelled[]}
  | {readonly type: 'retried'; readonly builds: readonly string[]}
  | {readonly type: 'ended'; readonly exitCode: ExitCode};

export interface QueueAction {
  readonly action: 'ls' | 'attach' | 'cancel' | 'retry' | 'drain';
  readonly name?: string | undefined;
}

export async function runQueueAction(
  terminal: Terminal,
  options: QueueOptions,
  typed: ReadonlySet<string>,
  wanted: QueueAction,
  surroundings: Pick<RunSurroundings, 'openReport'>,
): Promise<QueueAnswer> {
  const address = parseQueueAddress(options.queue, typed.has('queue'));
  const queue = await openQueue(address, terminal.env, createSay(terminal, options));
  try {
    return await act(queue, wanted, (runId) => attach(terminal, queue, runId, options, surroundings));
  } finally {
    await queue.close();
  }
}

async function act(
  queue: FleetQueue,
  {action, name}: QueueAction,
  follow: (runId: string) => Promise<ExitCode>,
): Promise<QueueAnswer> {
  switch (action) {
    case 'ls':
      return {type: 'listed', queue: await listQueue(queue)};
    case 'attach':
      return {type: 'ended', exitCode: await follow(need(name, 'attach <run>'))};
    case 'cancel':
      return {type: 'cancelled', jobs: await cancel(queue, need(name, 'cancel <run|build>'))};
    case 'drain':
      return {type: 'cancelled', jobs: await drain(queue)};
    case 'retry':
      return {type: 'retried', builds: await retry(queue, name)};
  }
}

function need(name: string | undefined, usage: string): string {
  if (name !== undefined) return name;
  throw new UsageError(
    `\`queue ${usage}\` needs a name.`,
    'To see them, type: build-spark queue ls --queue <url>',
  );
}
