// The order of a run's builds, how many run at once, and when all will be done. Knows no machine and no terminal.

/** A build that is waited for, with what earlier ones of its kind took. */
interface Expected {
  readonly expectedMs?: number | undefined;
}

/** Longest first, so that no long build is left over at the end; those of which nothing is known count as ordinary. */
export function planOrder<T>(
  builds: readonly T[],
  expectedMsOf: (build: T) => number | undefined,
): readonly T[] {
  const ordinaryMs = findOrdinaryMs(builds.map((build) => ({expectedMs: expectedMsOf(build)})));
  if (ordinaryMs === undefined) return builds;
  const lengthOf = (build: T): number => expectedMsOf(build) ?? ordinaryMs;
  return builds.toSorted((a, b) => lengthOf(b) - lengthOf(a));
}

export interface Situation {
  readonly running: readonly (Expected & {readonly elapsedMs: number})[];
  /** In the order in which they will be begun. */
  readonly waiting: readonly Expected[];
  /** What finished builds of this run took. */
  readonly finishedMs: readonly number[];
  readonly jobs: number;
}

/** Plays the rest through: whoever is done first takes the next. @returns undefined as long as nothing is known. */
export function findRemainingMs({running, waiting, finishedMs, jobs}: Situation): number | undefined {
  const ordinaryMs = findOrdinaryMs([
    ...running,
    ...waiting,
    ...finishedMs.map((expectedMs) => ({expectedMs})),
  ]);
  if (ordinaryMs === undefined) return undefined;
  const busyMs = running.map(({expectedMs = ordinaryMs, elapsedMs}) => Math.max(0, expectedMs - elapsedMs));
  while (busyMs.length < jobs) busyMs.push(0);
  for (const {expectedMs = ordinaryMs} of waiting) {
    const next = busyMs.indexOf(Math.min(...busyMs));
    busyMs[next] = (busyMs[next] ?? 0) + expectedMs;
  }
  return Math.round(Math.max(0, ...busyMs));
}

function findOrdinaryMs(builds: readonly Expected[]): number | undefined {
  const known = builds
    .flatMap(({expectedMs}) => (expectedMs === undefined ? [] : [expectedMs]))
    .toSorted((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

export interface QueueWork<T> {
  readonly jobs: number;
  /** Aborted: nothing new is begun. */
  readonly signal: AbortSignal;
  /** Must not throw. @returns `busy` when another run is at this very build: it is put off. */
  readonly tryRun: (item: T) => Promise<'done' | 'busy'>;
  /** For those that were put off, when nothing else is left: waits for the other run. Must not throw. */
  readonly waitAndRun: (item: T) => Promise<void>;
}

/** Never more than `jobs` at once; what one of them comes to stops no other. Returns when all that was begun is over. */
export async function runQueue<T>(items: readonly T[], work: QueueWork<T>): Promise<void> {
  const fresh = [...items];
  const busy: T[] = [];
  const worker = async (): Promise<void> => {
    while (!work.signal.aborted) {
      const item = fresh.shift();
      if (item !== undefined) {
        if ((await work.tryRun(item)) === 'busy') busy.push(item);
        continue;
      }
      const putOff = busy.shift();
      if (putOff === undefined) return;
      await work.waitAndRun(putOff);
    }
  };
  await Promise.all(Array.from({length: Math.min(work.jobs, items.length)}, worker));
}
