import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {hasGoldenDisk, packGoldenDisk, readDiskKey} from '../../src/machine/golden-disk.ts';
import type {Guest} from '../../src/machine/machine.ts';
import {createTestClock, makeFolder} from '../core/fixtures.ts';
import {fakeExec, type Answer} from '../host/fake-host.ts';

const id = 'build-spark-cdh5.7.0-nodeps-aaaaaa';
const key = 'golden-0123456789abcdef';
const name = `build-spark.${key}.img`;
const images = '/var/lib/libvirt/images';
const {signal} = new AbortController();

interface Play {
  /** What the machine's disk holds. */
  readonly content?: string;
  /** Answers in place of libvirt's own. */
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly guestFails?: 'clean' | 'restore';
}

/** A libvirt with one machine, whose disk lies on a box, and what happened in it and in the guest, in order. */
function play({content = 'puppet', answers = {}, guestFails}: Play = {}) {
  const volumes = new Set([`${id}.img`]);
  const story: string[] = [];
  const told = (line: string, answer: Answer = {}): Answer => {
    story.push(line);
    return answer;
  };
  const v = 'virsh -c qemu:///system --quiet';
  const {exec} = fakeExec({
    [`${v} pool-refresh`]: {},
    [`${v} vol-list`]: () => ({stdout: [...volumes].join('\n')}),
    [`${v} vol-info`]: (argv) =>
      volumes.has(argv.at(-1) ?? '') ? {} : {exitCode: 1, stderr: 'error: Storage volume not found: no vol'},
    [`${v} vol-dumpxml`]: (argv) => ({
      stdout: `<volume><allocation unit='bytes'>9</allocation><target><path>${images}/${argv.at(-1)}</path>
        <timestamps><mtime>100</mtime></timestamps></target><backingStore><path>${images}/box.img</path></backingStore></volume>`,
    }),
    [`${v} vol-create-as`]: (argv) => {
      const made = argv[6] ?? '';
      if (volumes.has(made)) return {exitCode: 1};
      volumes.add(made);
      return told(`create ${made.replace(/.*\./, '')}`);
    },
    [`${v} vol-delete`]: (argv) => {
      volumes.delete(argv.at(-1) ?? '');
      return told('delete');
    },
    [`${v} suspend`]: () => told('suspend'),
    [`${v} resume`]: () => told('resume'),
    [`${v} vol-download`]: async (argv) => {
      await writeFile(argv.at(-1) ?? '', content);
      return told('download');
    },
    [`${v} vol-upload`]: () => told('upload'),
    ...Object.fromEntries(Object.entries(answers).map(([start, answer]) => [`${v} ${start}`, answer])),
  });
  const guest = {
    run: (argv: readonly string[]) => {
      const action = argv.at(-1) ?? '';
      story.push(action);
      return action === guestFails
        ? Promise.reject(new Error(`${action} failed`))
        : Promise.resolve({exitCode: 0, stdout: '', stderr: ''});
    },
  } as unknown as Guest;
  const tools = {exec, clock: createTestClock()};
  const pack = (secrets: readonly string[] = []) => packGoldenDisk(tools, guest, {id, key, secrets, signal});
  return {tools, volumes, story, pack};
}

test('a machine is made fit to be copied, stands still for the copy, and goes on as it was; the mark comes last', async () => {
  const {pack, story, tools} = play();
  expect(await hasGoldenDisk(tools, key)).toBe(false);
  expect(await pack()).toBe('packed');
  expect(story).toEqual([
    'create img',
    'clean',
    'suspend',
    'download',
    'resume',
    'restore',
    'upload',
    'create whole',
  ]);
  expect(await hasGoldenDisk(tools, key)).toBe(true);
  expect(await pack()).toBe('there');
});

test.each([
  ['a secret in it', {content: 'x http://u:p@proxy y'}, /holds a proxy address/],
  ['a guest that refuses', {guestFails: 'clean'}, /clean failed/],
  ['a copy that breaks off', {answers: {'vol-download': {exitCode: 1, stderr: 'error: broken'}}}, /broken/],
  ['a guest that cannot go on', {guestFails: 'restore'}, /could not go on .*: restore failed/],
  [
    'a pool that takes no disk',
    {answers: {'vol-create-as': {exitCode: 1, stderr: 'error: cannot create: Permission denied'}}},
    /Permission denied/,
  ],
  [
    'an upload to a full disk',
    {answers: {'vol-upload': {exitCode: 1, stderr: 'No space left'}}},
    /No space left/,
  ],
] as const)('%s leaves no disk behind, and a machine that runs', async (_what, change, message) => {
  const {pack, story, tools, volumes} = play(change);
  await expect(pack(['http://u:p@proxy'])).rejects.toThrow(message);
  expect([...volumes]).toEqual([`${id}.img`]);
  expect(await hasGoldenDisk(tools, key)).toBe(false);
  if (story.includes('suspend')) expect(story).toContain('resume');
  if (story.includes('clean')) expect(story).toContain('restore');
});

test('a disk without its mark is somebody’s who packs just now, or, an hour later, nobody’s', async () => {
  const {pack, tools, volumes} = play();
  volumes.add(name);
  const young = {...tools, clock: {...tools.clock, now: () => new Date(200_000)}};
  const guest = {} as Guest;
  expect(await packGoldenDisk(young, guest, {id, key, secrets: [], signal})).toBe('there');
  expect(volumes).toContain(name);
  tools.clock.now = () => new Date(100_000_000);
  expect(await pack()).toBe('packed');
});

test('the key changes with the box, and boxes of others have none', async () => {
  const folder = await makeFolder();
  await mkdir(folder, {recursive: true});
  const box = {name: 'build-spark/debian-13', version: '0', provider: 'libvirt', folder};
  expect(await readDiskKey(box)).toBeUndefined();
  await writeFile(join(folder, 'box.img'), 'a');
  const first = await readDiskKey(box);
  expect(first).toMatch(/^base-/);
  await writeFile(join(folder, 'box.img'), 'ab');
  expect(await readDiskKey(box)).not.toBe(first);
  expect(await readDiskKey({...box, name: 'almalinux/8'})).toBeUndefined();
});
