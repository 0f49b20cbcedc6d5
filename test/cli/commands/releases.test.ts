// What `releases` prints: the table as a person reads it, and the JSON that scripts do.
import {describe, expect, test} from 'vitest';
import {run} from '../../../src/cli/commands/releases.ts';
import type {Terminal} from '../../../src/core/terminal.ts';

async function print(options: Parameters<typeof run>[1] = {}): Promise<string> {
  const written: string[] = [];
  const stdout = {write: (text: string) => written.push(text)};
  expect(await run({stdout} as unknown as Terminal, options)).toBe(0);
  return written.join('');
}

describe('the table', () => {
  test('is at most 100 columns wide, with a row for each release and a number for each reason', async () => {
    const text = await print();
    const lines = text.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines[0]?.split(/\s+/)).toEqual([
      'CDH',
      'Spark',
      'Hadoop',
      'Hive',
      'Scala',
      'JDK',
      'Thriftserver',
      'SparkR',
      'tag',
    ]);
    expect(lines.indexOf('')).toBe(116);
    const used = new Set([...text.matchAll(/\b(?:no|patched) \((\d+)\)/g)].map(([, number]) => number));
    const told = [...text.matchAll(/^\((\d+)\) [A-Z]/gm)].map(([, number]) => number);
    expect([...used].sort()).toEqual([...told].sort());
  });

  test('says of a patched one what the patch is for, and that 5.5.3 was left out', async () => {
    expect(await print({cdh: '5.16.2'})).toMatch(
      /^5\.16\.2 +1\.6\.0 +2\.6\.0 +1\.1\.0 +2\.10\.5 +8 +patched \(1\) +yes +cdh5\.16\.2-release\n\n\(1\) Since CDH 5\.10 /m,
    );
    expect((await print({cdh: '5.5.x'})).replace(/\s+/g, ' ')).toMatch(/no tag of theirs: CDH 5\.5\.3\. $/);
    expect(await print({cdh: '5.16.x'})).not.toContain('no tag');
  });
});

test('in JSON a capability is its status and its reason', async () => {
  const [row] = JSON.parse(await print({cdh: '5.10.0', json: true})) as readonly unknown[];
  expect(row).toMatchObject({
    tag: 'cdh5.10.0-release',
    cdh: '5.10.0',
    jdk: '8',
    thriftserver: {status: 'patched', reason: expect.stringContaining('queryTimeout') as string},
    sparkr: {status: 'yes', reason: null},
  });
});
