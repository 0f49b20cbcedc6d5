import {expect, test} from 'vitest';
import {mapLimited} from '../../src/core/map-limited.ts';

test('results come in the order of the items, and no more are at work than allowed', async () => {
  let atWork = 0;
  let most = 0;
  const results = await mapLimited([5, 1, 3, 1], 2, async (ms) => {
    atWork += 1;
    most = Math.max(most, atWork);
    await new Promise((resolve) => setTimeout(resolve, ms));
    atWork -= 1;
    return ms * 10;
  });
  expect(results).toEqual([50, 10, 30, 10]);
  expect(most).toBe(2);
});

test('after the first failure no further item is begun', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('one failed');
  };
  await expect(mapLimited([0, 1, 2, 3, 4, 5], 1, work)).rejects.toThrow('one failed');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(begun).toEqual([0, 1]);
});
