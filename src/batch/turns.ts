// Whose turn it is among builds that would share what the first of them makes. Knows no build.

export interface Turns {
  /** Whether the first of this name is at work, so that it is better to wait for it. */
  isTaken(name: string | undefined): boolean;
  /** Runs `work`; as the first of its name, so that others wait for it, whatever it comes to. */
  take<T>(name: string | undefined, work: () => Promise<T>): Promise<T>;
  /** Settles when the first of this name is done; never rejects. */
  wait(name: string | undefined): Promise<void>;
}

/** Without a name nobody waits. */
export function createTurns(): Turns {
  const firsts = new Map<string, {readonly ended: Promise<void>; isRunning: boolean}>();
  const find = (name: string | undefined) => (name === undefined ? undefined : firsts.get(name));
  return {
    isTaken: (name) => find(name)?.isRunning === true,
    take: async (name, work) => {
      if (name === undefined || firsts.has(name)) return work();
      let end = (): void => undefined;
      const first = {ended: new Promise<void>((resolve) => (end = resolve)), isRunning: true};
      firsts.set(name, first);
      try {
        return await work();
      } finally {
        first.isRunning = false;
        end();
      }
    },
    wait: async (name) => find(name)?.ended,
  };
}
