// Keeps the record of a run in the queue up to date: how far its events were told, which builds have ended, and how.
import type {ExitCode} from '../core/errors.ts';
import type {FleetQueue} from './queue.ts';
import {runSchema, type RunRecord} from './records.ts';

export interface RunKeeper {
  /** What came until here was told. */
  readonly note: (eventId: string) => void;
  /** @param code Of one that did not end well: whoever goes on with the run ends with it too. */
  readonly end: (buildId: string, code?: ExitCode) => void;
  readonly flush: () => Promise<void>;
  /** Takes it away when nothing is left to be told. */
  readonly close: (how: {readonly isOver: boolean}) => Promise<void>;
}

/** Of every run that goes on, or whose coordinator is gone. */
export async function readRuns({runs}: Pick<FleetQueue, 'runs'>): Promise<readonly RunRecord[]> {
  const found = await runs.getJobs(['waiting']);
  return found.flatMap(({data: value}) => {
    const {data} = runSchema.safeParse(value);
    return data === undefined ? [] : [data];
  });
}

export function createRunKeeper(
  {runs, timings}: Pick<FleetQueue, 'runs' | 'timings'>,
  record: RunRecord,
): RunKeeper {
  let now: RunRecord = record;
  let isSaved = true;
  let isClosed = false;
  let writing = Promise.resolve();
  const save = (): void => {
    if (isSaved || isClosed) return;
    isSaved = true;
    writing = writing
      .then(async () => (await runs.getJob(record.runId))?.updateData(now))
      .catch(() => undefined);
  };
  const timer = setInterval(save, Math.min(5_000, timings.askMs));
  timer.unref();
  return {
    note: (lastEventId) => {
      now = {...now, lastEventId};
      isSaved = false;
    },
    end: (buildId, code) => {
      const codes = code === undefined ? now.exitCodes : {...now.exitCodes, [buildId]: code};
      now = {...now, ended: [...now.ended, buildId], exitCodes: codes};
      isSaved = false;
      save();
    },
    flush: async () => {
      save();
      await writing;
    },
    close: async ({isOver}) => {
      clearInterval(timer);
      save();
      isClosed = true;
      await writing;
      if (isOver) await (await runs.getJob(record.runId))?.remove();
    },
  };
}
