// Says when a reader of our output is behind. Knows the streams alone, not what is printed on them.
import type {Writable} from 'node:stream';

/** As much of a stream as is needed. */
export type DrainStream = Pick<Writable, 'writableNeedDrain' | 'once' | 'off'>;

/** Undefined while output flows; else settles once all that waits was read, or its reader is gone. */
export type WhenDrained = () => Promise<void> | undefined;

/**
 * Node keeps in memory what is written to a pipe faster than it is read. Whoever prints much stops reading its own
 * input meanwhile: a slow reader of `--json` slows Maven, and costs no memory.
 */
export function watchDrain(streams: readonly DrainStream[]): WhenDrained {
  const broken = new Set<DrainStream>(); // They swallow everything: do not wait for them.
  for (const stream of streams) {
    const markBroken = (): void => void broken.add(stream);
    stream.once('error', markBroken);
    stream.once('close', markBroken);
  }
  return () => {
    const behind = streams.filter((stream) => stream.writableNeedDrain && !broken.has(stream));
    return behind.length === 0 ? undefined : Promise.all(behind.map(waitForDrain)).then(() => undefined);
  };
}

function waitForDrain(stream: DrainStream): Promise<void> {
  const names = ['drain', 'error', 'close'] as const;
  return new Promise((resolve) => {
    const finish = (): void => {
      for (const name of names) stream.off(name, finish);
      resolve();
    };
    for (const name of names) stream.once(name, finish);
  });
}
