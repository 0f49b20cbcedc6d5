// How many builds of a run on a queue have begun and ended. Knows no queue.
import type {Report} from '../batch/report.ts';
import type {Event} from '../core/events.ts';
import type {RunRecord} from './records.ts';

export interface Progress {
  readonly begin: (events: readonly Event[]) => void;
  readonly end: (buildId: string) => void;
  readonly say: () => void;
}

export function createProgress(report: Pick<Report, 'emit'>, {builds, ended}: RunRecord): Progress {
  const total = builds.length;
  const running = new Set<string>();
  const done = new Set<string>(ended);
  const say = (): void => {
    if (total > 1) report.emit({type: 'run.progress', total, finished: done.size, running: running.size});
  };
  return {
    say,
    begin: (events) => {
      for (const event of events)
        if (event.type === 'build.started' && !done.has(event.buildId)) running.add(event.buildId);
      say();
    },
    end: (buildId) => {
      running.delete(buildId);
      done.add(buildId);
      say();
    },
  };
}
