import {expect, test} from 'vitest';
import type {ListedEntry} from '../../src/store/inventory.ts';
import {renderAge, renderInventory, renderPrune} from '../../src/report/cache-table.ts';

const entry = (kind: string, name: string, bytes: number, usedBy: readonly string[] = []): ListedEntry => ({
  kind,
  name,
  paths: [],
  bytes,
  lastUsedMs: 0,
  usedBy,
});
const disk = {diskBytes: 250e9, freeBytes: 80e9, cacheBytes: 4.5e8, limitBytes: 50e9};
const entries = [
  entry('git', 'github-com-somebody-with-a-long-name-spark-enterprise-fork-84f5ea724281', 50e6, [
    'cdh5.16.2-nodeps-sql-R-apache-nightly',
    'another',
  ]),
  entry('box', 'build-spark/debian-13 (lxc)', 363e6),
];

test('a table fits 80 columns with its sizes in line; the name keeps its end, which tells it from others', () => {
  const lines = renderInventory(entries, disk, {nowMs: 3_600_000, columns: 80});
  expect(Math.max(...lines.map(({length}) => length))).toBeLessThanOrEqual(80);
  const [head = '', git = '', box = ''] = lines;
  expect(git).toContain('84f5ea724281');
  expect(git.indexOf('MB')).toBe(box.indexOf('MB'));
  expect(git).toContain('1 h ago');
  expect(head.indexOf('IN USE BY')).toBe(git.indexOf('cdh5.16.2'));
});

test('in a pipe nothing is shortened', () => {
  const lines = renderInventory(entries, disk, {nowMs: 0, columns: undefined});
  expect(lines.join('\n')).toContain(entries[0]!.name);
  expect(lines.join('\n')).toContain('cdh5.16.2-nodeps-sql-R-apache-nightly +1');
});

test('a prune says what went and why, what failed, and that a used entry keeps it above the limit', () => {
  const [used, free] = [entries[0]!, entries[1]!];
  const text = renderPrune(
    {
      removed: [{entry: free, reason: 'limit'}],
      busy: [],
      failed: [{entry: free, error: new Error('it is read-only')}],
      kept: [used],
      freedBytes: free.bytes,
      limits: {maxBytes: 1},
    },
    {nowMs: 3 * 86_400_000, columns: 80, isDryRun: false},
  ).join('\n');
  expect(text).toContain('last used 3 d ago');
  expect(text).toContain('could not be removed: it is read-only');
  expect(text).toContain('363 MB freed, 50 MB kept (limit 1 B)');
  expect(text).toContain('one entry is in use');
});

test('ages', () => {
  const ages = [0, 59_000, 61_000, 3_600_000, 47 * 3_600_000, 48 * 3_600_000];
  expect(ages.map((ms) => renderAge(0, ms))).toEqual([
    'just now',
    'just now',
    '1 min ago',
    '1 h ago',
    '47 h ago',
    '2 d ago',
  ]);
  expect(renderAge(undefined, 0)).toBe('unknown');
});
