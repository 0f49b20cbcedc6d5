import {setImmediate as turn} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {createTurns} from '../../src/batch/turns.ts';

test('others of a name wait for the first one, however it ends, and then for nobody', async () => {
  const turns = createTurns();
  let fail = (): void => undefined;
  const first = turns.take('a', () => new Promise((_, reject) => (fail = () => reject(new Error('no')))));
  const order: string[] = [];
  const waiting = turns.wait('a').then(() => order.push('waited'));
  expect(turns.isTaken('a')).toBe(true);
  expect(turns.isTaken('b')).toBe(false);
  await turn();
  order.push('failing');
  fail();
  await expect(first).rejects.toThrow('no');
  await waiting;
  expect(order).toEqual(['failing', 'waited']);
  const second = turns.take('a', () => turn());
  expect(turns.isTaken('a')).toBe(false);
  await second;
});

test('without a name nobody waits', async () => {
  const turns = createTurns();
  const work = turns.take(undefined, () => turn());
  expect(turns.isTaken(undefined)).toBe(false);
  await turns.wait(undefined);
  await work;
});
