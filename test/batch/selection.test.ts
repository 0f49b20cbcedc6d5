// Which refs are meant: exact, by range, `latest`, the newest of each line, or any ref; and what is refused for what.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {findSelectionProblems, selectRefs, type SelectOptions} from '../../src/batch/selection.ts';
import {parseRequest, type BuildRequestInput} from '../../src/recipe/build-request.ts';
import {parseSource} from '../../src/source/location.ts';
import {openDesk} from './desk.ts';

let cache = '';
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'selection-'));
});
afterAll(() => rm(cache, {recursive: true}));

/** The mirror of the sample is made once. */
async function select(input: Partial<BuildRequestInput>, more: Partial<SelectOptions> = {}) {
  const session = await (await openDesk({XDG_CACHE_HOME: cache})).session();
  const request = parseRequest({source: 'sample', output: '/out', ...input});
  return selectRefs(request, parseSource('sample', '/'), session, {
    ...{signal: session.signal, onLine: () => undefined, refusesUnsupported: true},
    ...more,
  });
}

const tagsOf = ({chosen}: Awaited<ReturnType<typeof select>>): readonly string[] =>
  chosen.map(({facts}) => facts.tag);

test('a range takes what the source has of it; latest and the newest of a line are one each', async () => {
  const all = tagsOf(await select({cdh: ['5.x', '6.x']}));
  const [latest = '', ...others] = tagsOf(await select({cdh: ['latest']}));
  expect(others).toEqual([]);
  expect(all.at(-1)).toBe(latest);
  const newest = tagsOf(await select({cdh: ['5.x', '6.x'], newestOf: 'major'}));
  expect(newest.map((tag) => tag.slice(0, 'cdh5'.length))).toEqual(['cdh5', 'cdh6']);
  expect(newest.at(-1)).toBe(latest);
});

test('what is excluded is gone before the newest of a line is looked for', async () => {
  const [newest = ''] = tagsOf(await select({cdh: ['5.x'], newestOf: 'major'}));
  const [next, ...others] = tagsOf(
    await select({cdh: ['5.x'], newestOf: 'major'}, {excluded: new Set([newest])}),
  );
  expect(others).toEqual([]);
  expect(next).not.toBe(newest);
  expect(next).toMatch(/^cdh5\./);
});

test('a release that the source does not have is refused by its name, and a range that matches none of it', async () => {
  await expect(select({cdh: ['5.15.1']})).rejects.toThrow('5.15.1');
  await expect(select({spark2: ['2.2.x']})).rejects.toThrow(/no release that matches "2\.2\.x"/);
});

test('one named exactly that cannot give the features is refused, with what can be typed; insisted on it is taken', async () => {
  const {chosen, skipped} = await select({cdh: ['*'], features: ['sparkr']}, {refusesUnsupported: false});
  const without = chosen.find(({facts}) => facts.sparkr.status === 'no')?.facts;
  expect(skipped).toEqual([]); // A plan refuses nothing.
  const {tag = '', cdhVersion = ''} = without ?? {};
  const input = {cdh: [cdhVersion], features: ['sparkr' as const]};
  await expect(select(input)).rejects.toMatchObject({hint: expect.stringContaining('--with') as string});
  expect(tagsOf(await select({...input, forceUnsupported: true}))).toEqual([tag]);
  const ranged = await select({...input, cdh: ['*']});
  expect(ranged.skipped.map((one) => one.tag)).toContain(tag);
});

test('all mistakes of one row at once', async () => {
  await expect(select({cdh: ['1.0.0', '2.0.0']})).rejects.toThrow(/1\.0\.0[^]*2\.0\.0/);
});

test('what was read for one row is not read again for the next', async () => {
  const memory = {candidates: new Map()};
  const [a] = (await select({cdh: ['5.7.0']}, {memory})).chosen;
  const [b] = (await select({cdh: ['5.7.0']}, {memory})).chosen;
  expect(a).toBe(b);
});

test('what the catalogue alone can say of what was named', async () => {
  expect(await findSelectionProblems({cdh: ['5.7.0', 'latest', '5.7.x']})).toEqual([]);
  const problems = await findSelectionProblems({cdh: ['5.7.99'], spark2: ['nonsense']});
  expect(problems.map(({message}) => message)).toEqual([
    expect.stringContaining('5.7.99'),
    expect.stringContaining('nonsense'),
  ]);
});
