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
  const text = await readResolved({guest, signal: AbortSignal.timeout(5_000)});
  expect(text.split('\n')).toEqual(lines);
});
