// Owns which of Maven's modules are at work when several threads build: nothing in the log says that a module is done.
// Pure; knows no line of a log, but for the names of goals.

export interface Runner {
  readonly name: string;
  readonly sinceMs: number;
  /** As in `--- jar:3.3.0:jar (default-jar) @ spark-core_2.10 ---`; known from the beginning since Maven 3.6. */
  readonly artifactId?: string;
  /** Its last sign. */
  readonly lastMs: number;
  /** Without versions: `jar:jar (default-jar)`. */
  readonly goal?: string;
  readonly isOver: boolean;
}

/** Goals of the phases from `package` on, which come last. */
const late =
  /(?:^|[-:])(?:jar|test-jar|war|shade|single|attached|jar-no-fork|test-jar-no-fork|attach-descriptor|install|deploy)(?: |$)/;

/**
 * A goal that a module begins. One that was taken for over by mistake is at work again.
 * @param match Plugin with version and goal, execution, artifact id.
 */
export function noteGoal(
  modules: readonly Runner[],
  [, plugin = '', execution = '', artifactId = '']: RegExpExecArray,
  nowMs: number,
): readonly Runner[] {
  const parts = plugin.split(':');
  const goal = `${parts[0] ?? ''}:${parts.at(-1) ?? ''} ${execution}`;
  const found =
    modules.find((one) => one.artifactId === artifactId) ??
    modules.find((one) => one.artifactId === undefined && !one.isOver);
  return modules.map((one) =>
    one === found ? {...one, artifactId, goal, lastMs: nowMs, isOver: false} : one,
  );
}

/**
 * Before another one begins. Where all threads are taken one has ended; where one was free, a module that had to wait
 * begins because what it waited for has ended. Which one: first who was at a late goal, then who was quiet longest.
 */
export function giveWay(modules: readonly Runner[], threads: number): readonly Runner[] {
  const running = modules.filter(({isOver}) => !isOver);
  const [likely, ...others] = running.toSorted(
    (a, b) => rank(b, modules) - rank(a, modules) || a.lastMs - b.lastMs || a.sinceMs - b.sinceMs,
  );
  if (likely === undefined) return modules;
  const isFirst = modules.length === 1 && likely.goal !== undefined; // The parent of all the others.
  if (running.length < threads && rank(likely, modules) === 0 && !isFirst) return modules;
  const left = modules.map((one) => (one === likely ? {...one, isOver: true} : one));
  return others.length >= threads ? giveWay(left, threads) : left;
}

/** Whether it packs what it compiled. */
export function isEnding({goal}: {readonly goal?: string | undefined}): boolean {
  return goal !== undefined && late.test(goal);
}

/** How likely it is over: 2 when at a goal with which another one ended, 1 at any late one. */
function rank({goal}: Runner, modules: readonly Runner[]): number {
  if (!isEnding({goal})) return 0;
  return modules.some((one) => one.isOver && one.goal === goal) ? 2 : 1;
}

/** A last goal takes seconds, but for those that pack a whole class path. */
const quietMs = 60_000;

/** Those that are at work as far as one can tell: one that has been quiet at a late goal is over, unless nothing else runs. */
export function findAtWork(modules: readonly Runner[], nowMs: number): readonly Runner[] {
  const running = modules.filter(({isOver}) => !isOver);
  const busy = running.filter((one) => rank(one, modules) === 0 || nowMs - one.lastMs < quietMs);
  return busy.length > 0 ? busy : running.slice(-1);
}
