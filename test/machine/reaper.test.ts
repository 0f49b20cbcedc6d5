import {existsSync} from 'node:fs';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {LeakError} from '../../src/core/errors.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {createPartial} from '../../src/distribution/partial.ts';
import {createJournal, type JournalEntry} from '../../src/machine/journal.ts';
import {findListedState, reap, type ReaperTools} from '../../src/machine/reaper.ts';
import {createTestClock, makeFolder, realExec} from '../core/fixtures.ts';
import {alive, dead, makeDoomedMachine, makeEntry} from './fixtures.ts';

const {signal} = new AbortController();

interface Reaper {
  readonly tools: ReaperTools;
  /** Names of the machines that were destroyed. */
  readonly destroyed: string[];
}

async function makeReaper(
  entries: readonly JournalEntry[],
  fails: (id: string) => boolean = () => false,
): Promise<Reaper> {
  const folder = await makeFolder();
  const destroyed: string[] = [];
  const journal = createJournal(join(folder, 'journal'));
  const [locks, machines] = [join(folder, 'locks'), join(folder, 'machines')];
  for (const path of [locks, machines]) await mkdir(path);
  for (const entry of entries) {
    await journal.write(entry);
    await mkdir(join(machines, entry.id));
  }
  const tools: ReaperTools = {
    journal,
    exec: realExec,
    clock: createTestClock(),
    locks,
    machines,
    openMachine: (entry) =>
      makeDoomedMachine(entry, async () => {
        await systemClock.sleep(20);
        if (fails(entry.id)) throw new LeakError(`${entry.id} is still listed.`, 'reap');
        destroyed.push(entry.id);
      }),
  };
  return {tools, destroyed};
}

const named = (name: string, more: Partial<JournalEntry> = {}): JournalEntry =>
  makeEntry({id: `build-spark-${name}`, ...more});
const past = '2026-11-22T19:59:59.000Z';
const future = '2026-11-22T20:00:01.000Z';

describe('findListedState', () => {
  const tools = {exec: realExec, clock: createTestClock()};
  test.each([
    ['of a dead process', makeEntry({owner: dead}), 'orphaned'],
    ['of a living process', makeEntry({owner: alive}), 'building'],
    ['kept', makeEntry({owner: dead, keepUntil: future}), 'kept'],
    ['kept, its time over', makeEntry({owner: dead, keepUntil: past}), 'orphaned'],
    ['kept on another host, its time over', makeEntry({owner: alive, keepUntil: past}), 'kept'],
  ])('%s', async (_what, entry, state) => {
    expect(await findListedState(entry, tools)).toBe(state);
  });

  test('of ourselves', async () => {
    expect(await findListedState(makeEntry({owner: await readOwnIdentity(realExec)}), tools)).toBe(
      'building',
    );
  });
});

describe('reap', () => {
  const all = [
    named('building', {owner: alive}),
    named('kept', {keepUntil: future}),
    named('orphaned'),
    named('overdue', {keepUntil: past}),
  ];

  test('takes orphaned and overdue ones and closes their entries; the others stay untouched', async () => {
    const {tools, destroyed} = await makeReaper(all);
    const {reaped} = await reap(tools, {signal});
    expect(destroyed).toEqual(['build-spark-orphaned', 'build-spark-overdue']);
    expect(reaped.map(({entry, state, error}) => [entry.id, state, error])).toEqual([
      ['build-spark-orphaned', 'orphaned', undefined],
      ['build-spark-overdue', 'orphaned', undefined],
    ]);
    expect((await tools.journal.list()).map(({id}) => id)).toEqual([
      'build-spark-building',
      'build-spark-kept',
    ]);
    expect(await readdir(tools.locks)).toEqual([]);
  });

  test('with `all` takes kept ones too, and never one that is being built', async () => {
    const {tools, destroyed} = await makeReaper(all);
    await reap(tools, {all: true, signal});
    expect(destroyed).not.toContain('build-spark-building');
    expect((await tools.journal.list()).map(({id}) => id)).toEqual(['build-spark-building']);
  });

  test('what cannot be destroyed stays in the journal with the reason, and the next ones are reaped', async () => {
    const {tools, destroyed} = await makeReaper([named('a'), named('b')], (id) => id.endsWith('-a'));
    const {reaped} = await reap(tools, {signal});
    expect(reaped).toMatchObject([
      {error: expect.stringContaining('build-spark-a is still listed.')},
      {entry: {id: 'build-spark-b'}},
    ]);
    expect(destroyed).toEqual(['build-spark-b']);
    expect((await tools.journal.list()).map(({id}) => id)).toEqual(['build-spark-a']);
  });

  test('two reapers at once: each machine is destroyed once', async () => {
    const {tools, destroyed} = await makeReaper([named('a'), named('b'), named('c')]);
    await Promise.all([reap(tools, {signal}), reap(tools, {signal})]);
    await reap(tools, {signal}); // What both left to each other.
    expect(destroyed.toSorted()).toEqual(['build-spark-a', 'build-spark-b', 'build-spark-c']);
    expect(await tools.journal.list()).toEqual([]);
  });

  test('one damaged entry is named and its machine left alone, all others are reaped', async () => {
    const {tools, destroyed} = await makeReaper([named('a'), named('c')]);
    const folder = join(tools.machines, '../journal');
    await writeFile(join(folder, 'build-spark-b.json'), '{');
    await mkdir(join(tools.machines, 'build-spark-b'));
    const {problems} = await reap(tools, {signal});
    expect(problems.map(({message}) => message)).toEqual([expect.stringContaining('build-spark-b.json')]);
    expect(destroyed).toEqual(['build-spark-a', 'build-spark-c']);
    expect(existsSync(join(tools.machines, 'build-spark-b'))).toBe(true);
  });

  test('machines of another host are never touched, unless it is called gone: then only their entries are closed', async () => {
    const entries = [
      named('building', {owner: alive}),
      named('kept', {owner: alive, keepUntil: past}),
      named('own', {owner: await readOwnIdentity(realExec)}),
      named('third', {owner: {...alive, host: 'third.invalid'}}),
    ];
    const {tools, destroyed} = await makeReaper(entries);
    expect((await reap(tools, {all: true, signal})).reaped).toEqual([]);
    const absent = {state: () => Promise.resolve('absent' as const)};
    const gone: ReaperTools = {
      ...tools,
      goneHost: alive.host,
      openMachine: (entry) => ({...tools.openMachine(entry), ...absent}),
    };
    const {reaped} = await reap(gone, {signal});
    expect(reaped.map(({entry, note}) => [entry.id, note])).toEqual([
      ['build-spark-building', expect.stringContaining('on host elsewhere.invalid')],
      ['build-spark-kept', expect.stringContaining('on host elsewhere.invalid')],
    ]);
    expect(destroyed).toEqual([]);
    expect((await tools.journal.list()).map(({id}) => id)).toEqual(['build-spark-own', 'build-spark-third']);
    expect((await readdir(tools.machines)).sort()).toEqual(['build-spark-own', 'build-spark-third']);
  });

  test("a machine's folder without an entry goes; one with an entry stays", async () => {
    const {tools} = await makeReaper([named('building', {owner: alive})]);
    await mkdir(join(tools.machines, 'build-spark-forgotten/.vagrant'), {recursive: true});
    await reap(tools, {signal});
    expect(await readdir(tools.machines)).toEqual(['build-spark-building']);
  });
});

test('the half-fetched dist of a dead process goes with its machine, and nothing else in that folder', async () => {
  const output = await makeFolder();
  const partials = await Promise.all([dead, alive].map((owner) => createPartial(output, 'dist-a', {owner})));
  await mkdir(join(output, 'dist-b'));
  const {tools} = await makeReaper([named('gone', {owner: dead, output})]);
  await reap(tools, {signal});
  expect(partials.map((partial) => existsSync(partial))).toEqual([false, true]);
  expect(existsSync(join(output, 'dist-b'))).toBe(true);
});
