// Keeps the record of a run in the queue up to date: how far its events were told, and which builds have ended.
import type {FleetQueue} from './queue.ts';
import type {RunRecord} from './records.ts';

export interface RunKeeper {
  /** What came until here was told. */
  readonly note: (eventId: string) => void;
  readonly end: (buildId: string) => void;
  readonly flush: () => Promise<void>;
  /** Takes it away when nothing is left to be told. */
  readonly close: (how: {readonly isOver: boolean}) => Promise<void>;
}

export function createRunKeeper({runs, timings}: FleetQueue, record: RunRecord): RunKeeper {
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
    end: (buildId) => {
      now = {...now, ended: [...now.ended, buildId]};
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
