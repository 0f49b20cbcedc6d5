// From rows to builds: what a range skips, what a row excludes, two builds of one name, and which row is to blame.
import {expect, test} from 'vitest';
import type {BuildOptions, BuildRow} from '../../src/batch/build-options.ts';
import {locate} from '../../src/batch/drafts.ts';
import {HostError, ProblemsError, UsageError} from '../../src/core/errors.ts';
import {openDesk} from './desk.ts';

const rowsOf = (make: (more: BuildOptions) => BuildOptions, ...all: readonly BuildOptions[]): BuildRow[] =>
  all.map((more, index) => ({options: make(more), place: `m.yaml:${index + 1}:1`}));

test('what a range matched and cannot give the features is skipped with its reason, under the name it would have', async () => {
  const {options, preflight} = await openDesk();
  const {builds, skipped} = await preflight([{options: options({cdh: ['5.4.x'], with: ['sparkr']})}]);
  expect(builds).toEqual([]);
  expect(skipped).not.toEqual([]);
  for (const {buildId, reason} of skipped) {
    expect(buildId).toMatch(/^cdh5\.4\.\d+-nodeps-R$/);
    expect(reason).not.toBe('');
  }
});

test('the same build asked for twice is built once; a different one of the same name is refused, both rows named', async () => {
  const {options, preflight} = await openDesk();
  const twice = await preflight(rowsOf(options, {}, {cdh: ['5.7.0']}));
  expect(twice.builds).toHaveLength(1);
  await expect(preflight(rowsOf(options, {}, {profile: ['x']}))).rejects.toThrow(
    /m\.yaml:1:1 and m\.yaml:2:1/,
  );
});

test('the mistakes of all rows are named, each with its row', async () => {
  const {options, preflight} = await openDesk();
  const work = preflight(rowsOf(options, {cdh: ['1.0.0']}, {}, {label: '-'}));
  const error = await work.catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(/m\.yaml:1:1: .*1\.0\.0/);
  expect(String(error)).toMatch(/m\.yaml:3:1: .*--label/);
  expect(String(error)).not.toContain('m.yaml:2:1');
});

test('a tag that its row excludes is not built, and nothing left at all is a mistake', async () => {
  const {options, preflight} = await openDesk();
  const {builds} = await preflight([{options: options()}]);
  const excluded = new Set(builds.map(({plan}) => plan.tag));
  await expect(preflight([{options: options(), excluded}])).rejects.toThrow('Nothing is left to build');
  await expect(
    preflight([{options: options({cdh: [], ref: [...excluded][0] ?? ''}), excluded}]),
  ).rejects.toThrow('Nothing is left to build');
});

test('--dependencies apache asks no repository, and the dist is named after it', async () => {
  const {options, preflight} = await openDesk();
  const {builds, choices} = await preflight([{options: options({dependencies: 'apache'})}]);
  const [{plan}] = builds as [(typeof builds)[number]];
  expect(['none', 'apache']).toContain(plan.dependencies);
  expect(plan.dist.endsWith('-apache')).toBe(plan.dependencies === 'apache');
  expect(choices.get(plan.buildId)?.reason).not.toBe('');
});

test('a mistake of the operator is located; what this host lacks is not; a bug stays one', () => {
  const usage = new UsageError('Wrong.', 'Type it right.');
  const host = new HostError('Full.', 'Make room.');
  expect(locate(new ProblemsError([usage, host]), 'm.yaml:1:1').map(({message}) => message)).toEqual([
    'm.yaml:1:1: Wrong.',
    'Full.',
  ]);
  expect(locate(usage, undefined)).toEqual([usage]);
  const bug = new TypeError('x');
  expect(() => locate(bug, 'm.yaml:1:1')).toThrow(bug);
});
