// Whether a slow reader is noticed, and one that went away is not waited for.
import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {watchDrain} from '../../src/report/output-drain.ts';

function fill(stream: PassThrough): PassThrough {
  while (stream.write('x'.repeat(1_024)));
  return stream;
}

test('nobody waits while output flows', () => {
  const stream = new PassThrough();
  stream.write('x');
  expect(watchDrain([stream])()).toBeUndefined();
});

test('a full stream is waited for until it was read', async () => {
  const streams = [fill(new PassThrough()), fill(new PassThrough())];
  const whenDrained = watchDrain(streams);
  let isDrained = false;
  const waiting = whenDrained()?.then(() => (isDrained = true));
  streams[0]?.resume();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isDrained).toBe(false);
  streams[1]?.resume();
  await waiting;
  expect(whenDrained()).toBeUndefined();
});

test('a reader that went away is waited for no longer, then or later', async () => {
  const stream = fill(new PassThrough());
  stream.on('error', () => undefined);
  const whenDrained = watchDrain([stream]);
  const waiting = whenDrained();
  stream.emit('error', Object.assign(new Error('write EPIPE'), {code: 'EPIPE'}));
  await waiting;
  expect(stream.writableNeedDrain).toBe(true);
  expect(whenDrained()).toBeUndefined();
});
