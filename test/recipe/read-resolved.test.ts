// What Maven resolved is read whole: of a command's answer the end alone is kept, and a real Spark's has tens of thousands of lines.
import {expect, test} from 'vitest';
import type {BuildContext} from '../../src/recipe/build-context.ts';
import {readResolved} from '../../src/recipe/publish-step.ts';

test('its first lines are there, however many come after', async () => {
  const lines = Array.from({length: 5_000}, (_, index) => `artifact\tline ${index}`);
  const guest = {
    run: (_: unknown, {onLine}: {onLine?: (line: string, stream: 'stdout') => void}) => {
      for (const line of lines) onLine?.(line, 'stdout');
      return Promise.resolve({stdout: lines.slice(-2_000).join('\n'), stderr: ''});
    },
  } as unknown as BuildContext['guest'];
  const warnings: string[] = [];
  const text = await readResolved({guest, signal: AbortSignal.timeout(5_000)}, (line) => warnings.push(line));
  expect(warnings).toEqual([]);
  expect(text.split('\n')).toEqual(lines);
});

test('of one that goes on and on the first part is taken, which is said; empty lines count', async () => {
  const guest = {
    run: (_: unknown, {onLine}: {onLine?: (line: string, stream: 'stdout' | 'stderr') => void}) => {
      onLine?.('first', 'stdout');
      for (let index = 0; index < 40; index += 1) onLine?.('x'.repeat(2 ** 20), 'stderr');
      const many = 'x'.repeat(2 ** 20 - 1);
      for (let index = 0; index < 63; index += 1) onLine?.(many, 'stdout');
      for (let index = 0; index < 2 ** 20; index += 1) onLine?.('', 'stdout');
      onLine?.('last', 'stdout');
      return Promise.resolve({stdout: '', stderr: ''});
    },
  } as unknown as BuildContext['guest'];
  const warnings: string[] = [];
  const text = await readResolved({guest, signal: AbortSignal.timeout(5_000)}, (line) => warnings.push(line));
  expect(text.startsWith('first\nxxx')).toBe(true);
  expect(text).not.toContain('last');
  expect(warnings).toEqual([expect.stringContaining('sbom.cdx.json')]);
});
