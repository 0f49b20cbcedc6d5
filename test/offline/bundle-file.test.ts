// A bundle as a file: written, cut off and gone on with, split; and what is told apart when it is read.
import {createHash} from 'node:crypto';
import {mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {extract} from 'tar-stream';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {planLayout} from '../../src/offline/layout.ts';
import type {BundleManifest} from '../../src/offline/manifest.ts';
import {unpackBundle} from '../../src/offline/read-bundle.ts';
import {writeBundle, type WriteOptions} from '../../src/offline/write-bundle.ts';

let folder = '';
let paths: ReadonlyMap<string, string>;
let manifest: BundleManifest;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-file-'));
  const texts = ['the tool', 'x'.repeat(100_000), '', 'one more'];
  const files = [];
  const found = new Map<string, string>();
  for (const [index, text] of texts.entries()) {
    const sha256 = createHash('sha256').update(text).digest('hex');
    const path = join(folder, `in-${index}`);
    await writeFile(path, text);
    found.set(sha256, path);
    files.push({sha256, bytes: text.length, ...(index === 0 ? {name: 'tool/build-spark-1.tgz'} : {})});
  }
  paths = found;
  const [tool] = files;
  manifest = {
    formatVersion: 1,
    toolVersion: '0.1.0',
    architecture: 'amd64',
    builds: [],
    files,
    contents: [{kind: 'tool', name: 'build-spark-1.tgz', sha256: tool?.sha256 ?? ''}],
  };
});

afterEach(async () => {
  await rm(folder, {recursive: true, force: true});
});

const write = (name: string, more: Partial<WriteOptions> = {}): Promise<readonly string[]> =>
  writeBundle(join(folder, name), planLayout(manifest), {
    find: (sha256) => paths.get(sha256) ?? '',
    signal: new AbortController().signal,
    ...more,
  });

const unpack = (name: string): Promise<BundleManifest> =>
  unpackBundle(join(folder, name), {
    to: join(folder, 'out'),
    onManifest: () => undefined,
    signal: new AbortController().signal,
  });

test('what was written is read, has the size that was said before, and is a tar for others too', async () => {
  await write('a.tar');
  const bytes = await readFile(join(folder, 'a.tar'));
  expect(bytes.length).toBe(planLayout(manifest).bytes);
  expect(await unpack('a.tar')).toEqual(manifest);
  for (const {sha256, bytes: size} of manifest.files)
    expect((await readFile(join(folder, 'out', sha256))).length).toBe(size);
  const names: string[] = [];
  const tar = extract();
  tar.end(bytes);
  for await (const entry of tar as AsyncIterable<unknown> as AsyncIterable<{
    header: {name: string};
    resume(): void;
  }>) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect(names.slice(0, 3)).toEqual(['build-spark-bundle', 'bundle.json', 'tool/build-spark-1.tgz']);
});

test('a second writing of the same gives the same bytes', async () => {
  await write('a.tar');
  await write('b.tar');
  expect(await readFile(join(folder, 'a.tar'))).toEqual(await readFile(join(folder, 'b.tar')));
});

test('parts are as large as was asked, and are read as one, by any of its names', async () => {
  const files = await write('a.tar', {splitBytes: 40_000});
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual(['a.tar.001', 'a.tar.002', 'a.tar.003']);
  expect(await unpack('a.tar.001')).toEqual(manifest);
  await rm(join(folder, 'out'), {recursive: true});
  expect(await unpack('a.tar')).toEqual(manifest);
});

test.each([undefined, 40_000])('what was cut off is gone on with (parts of %s)', async (splitBytes) => {
  await write('whole.tar');
  const stop = new AbortController();
  const onProgress = (bytes: number): void => {
    if (bytes > 60_000) stop.abort(new Error('stopped'));
  };
  const more = splitBytes === undefined ? {} : {splitBytes};
  await expect(write('a.tar', {...more, signal: stop.signal, onProgress})).rejects.toThrow('stopped');
  expect(
    (await readdir(folder))
      .filter((name) => name.startsWith('a.tar'))
      .every((name) => name.endsWith('.unfinished')),
  ).toBe(true);
  const resumed: number[] = [];
  const files = await write('a.tar', {...more, onResume: (bytes) => resumed.push(bytes)});
  expect(resumed.length).toBe(1);
  const all = await Promise.all(files.map((file) => readFile(file)));
  expect(Buffer.concat(all)).toEqual(await readFile(join(folder, 'whole.tar')));
});

test.each([
  [undefined, 0],
  [undefined, 100],
  [undefined, 1024],
  [undefined, 1500],
  [40_000, 0],
  [40_000, 100],
])(
  'all of it but its name, or but its end, is gone on with (parts of %s, %i bytes short)',
  async (splitBytes, short) => {
    const more = splitBytes === undefined ? {} : {splitBytes};
    const files = await write('a.tar', more);
    const whole = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
    for (const file of files) await rename(file, `${file}.unfinished`);
    const last = `${files.at(-1) ?? ''}.unfinished`;
    await truncate(last, (await stat(last)).size - short);
    const again = await write('a.tar', more);
    expect(Buffer.concat(await Promise.all(again.map((file) => readFile(file))))).toEqual(whole);
    expect(await unpack('a.tar')).toEqual(manifest);
    expect((await readdir(folder)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
  },
);

test('a cache file whose checksum is wrong is named, and goes where its name is its content', async () => {
  const [, large] = manifest.files;
  const sha256 = large?.sha256 ?? '';
  const kept = join(folder, sha256);
  await writeFile(kept, 'y'.repeat(100_000));
  const find = (wanted: string): string => (wanted === sha256 ? kept : (paths.get(wanted) ?? ''));
  await expect(write('a.tar', {find})).rejects.toThrow(`${kept} is damaged (its checksum is wrong).`);
  expect(await readdir(folder)).not.toContain(sha256);
  const own = paths.get(sha256) ?? '';
  await writeFile(own, 'y'.repeat(100_000));
  await expect(write('a.tar')).rejects.toThrow(`${own} is damaged (its checksum is wrong).`);
  expect(await readFile(own, 'utf8')).toContain('y');
  await writeFile(own, 'x'.repeat(100_000));
  await write('a.tar');
  expect(await unpack('a.tar')).toEqual(manifest);
});

test('what an earlier writer left of something else is written over', async () => {
  await writeFile(join(folder, 'a.tar.unfinished'), 'y'.repeat(50_000));
  await write('a.tar');
  expect(await unpack('a.tar')).toEqual(manifest);
});

test('cut off, damaged, foreign and of another format are told apart, and nothing is there afterwards that was not checked', async () => {
  await write('a.tar');
  const whole = await readFile(join(folder, 'a.tar'));
  await truncate(join(folder, 'a.tar'), whole.length - 2000);
  await expect(unpack('a.tar')).rejects.toThrow(/a\.tar is cut off: .* of .* are here/);
  const changed = Buffer.from(whole);
  changed[whole.length - 60_000] = 0x79;
  await writeFile(join(folder, 'b.tar'), changed);
  await expect(unpack('b.tar')).rejects.toThrow(/b\.tar is damaged: files\/[0-9a-f]{64}/);
  await rm(join(folder, 'out'), {recursive: true, force: true});
  const list = Buffer.from(whole);
  list[1536 + 30] = 0x39;
  await writeFile(join(folder, 'c.tar'), list);
  await expect(unpack('c.tar')).rejects.toThrow('c.tar is damaged: bundle.json');
  await writeFile(join(folder, 'd.tar'), 'no tar at all');
  await expect(unpack('d.tar')).rejects.toThrow('d.tar is not a bundle of build-spark');
  await writeFile(join(folder, 'e.tar'), Buffer.alloc(10_240));
  await expect(unpack('e.tar')).rejects.toThrow('e.tar is not a bundle of build-spark');
  const newer = Buffer.from(whole);
  newer.write('build-spark bundle 2\n', 512);
  await writeFile(join(folder, 'f.tar'), newer);
  await expect(unpack('f.tar')).rejects.toThrow(
    'f.tar is a bundle of format 2, and this build-spark reads format 1',
  );
});

test('a part that is missing is cut off too', async () => {
  await write('a.tar', {splitBytes: 40_000});
  await rm(join(folder, 'a.tar.003'));
  await expect(unpack('a.tar.001')).rejects.toThrow(/is cut off: .*, in 2 parts/);
});
