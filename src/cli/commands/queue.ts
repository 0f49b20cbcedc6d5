// `queue`: what is in it, and what can be done with it.
import {renderJson} from '../../core/printable.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';
import {
  runQueueAction,
  type Cancelled,
  type ListedQueue,
  type QueueOptions,
} from '../../fleet/run-queue-action.ts';
import {renderTable} from '../../core/table.ts';
import {pickAction} from '../action.ts';
import type {Invocation} from '../invocation.ts';
import {runSurroundings} from '../run-surroundings.ts';

const actions = {ls: 'ls', attach: 'attach', cancel: 'cancel', retry: 'retry', drain: 'drain'} as const;

export async function run(
  terminal: Terminal,
  options: QueueOptions,
  words: readonly string[],
  {typed}: Invocation,
): Promise<ExitCode> {
  const [word = 'ls', name, ...rest] = words;
  const action = pickAction('queue', actions, word);
  if (rest.length > 0) throw new UsageError('That is one word too many.', 'See: build-spark queue --help');
  const answer = await runQueueAction(terminal, options, typed, {action, name}, runSurroundings);
  if (answer.type === 'ended') return answer.exitCode;
  const {type, ...content} = answer;
  const lines =
    type === 'listed'
      ? describeQueue(answer.queue)
      : type === 'cancelled'
        ? describeCancelled(answer.jobs)
        : describeRetried(answer.builds);
  const text = options.json === true ? [renderJson(type === 'listed' ? answer.queue : content)] : lines;
  for (const line of text) terminal.stdout.write(`${line}\n`);
  return exitCodes.done;
}

function describeQueue({runs, jobs, workers, machines}: ListedQueue): readonly string[] {
  const jobRows = jobs.map(({state, builds, worker = '', since, note = ''}) => [
    state,
    builds.join(' '),
    worker,
    since,
    note,
  ]);
  const runRows = runs.map(({runId, builds, ended, command}) => [
    runId,
    `${ended} of ${builds} done`,
    command,
  ]);
  return [
    ...renderTable(runRows, {least: [8]}),
    ...renderTable(jobRows, {least: [8]}),
    ...machines.map(({id, host}) => `machine ${id} may still be on host ${host}, whose worker is gone`),
    workers.length === 0
      ? 'No workers are connected.'
      : `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}: ${workers.join(', ')}`,
    ...(jobs.length === 0 ? ['Nothing waits, and nothing is built.'] : []),
  ];
}

function describeCancelled(jobs: readonly Cancelled[]): readonly string[] {
  if (jobs.length === 0) return ['Nothing was left to be cancelled.'];
  return jobs.map(
    ({builds, how}) =>
      `${builds.join(' ')}: ${how === 'removed' ? 'taken out of the queue' : 'its worker stops it'}`,
  );
}

function describeRetried(builds: readonly string[]): readonly string[] {
  if (builds.length === 0) return ['Nothing has failed.'];
  return [
    ...builds.map((id) => `${id} waits again`),
    'To have their dists, type the command that asked for them again: it waits for them. A run that `queue ls` names: build-spark queue attach <run>',
  ];
}
