// A dist as one file: the same bytes for the same dist, and nothing of who packed it.
import {execFileSync} from 'node:child_process';
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {extract, type Header} from 'tar-stream';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {packDist} from '../../src/distribution/pack-dist.ts';
import {libFacts} from './fake-dist.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-spark-pack-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const about = ['manifest.json', 'SHA256SUMS'];

async function makeDist(place: string, names: readonly string[]): Promise<string> {
  const dist = join(folder, place, 'dist-cdh5.7.0');
  await mkdir(join(dist, 'bin'), {recursive: true});
  for (const name of names) await writeFile(join(dist, name), name);
  await chmod(join(dist, 'bin/spark-sql'), 0o755);
  await symlink('bin/spark-sql', join(dist, 'run'));
  await writeManifest(dist, libFacts);
  for (const name of [...names, ...about, 'bin', '.'])
    await utimes(join(dist, name), 1_457_384_739, 1_457_384_739);
  return dist;
}

async function list(file: string): Promise<readonly Header[]> {
  const found: Header[] = [];
  const reader = extract();
  reader.end(gunzipSync(await readFile(file)));
  for await (const entry of reader) {
    found.push(entry.header);
    entry.resume();
  }
  return found;
}

const signal = AbortSignal.timeout(30_000);
const names = ['RELEASE', 'bin/spark-sql', 'bin/beeline'];

test('its entries are sorted, with owners by number and the modes of the files', async () => {
  const file = await packDist(await makeDist('a', names), signal);
  expect(file).toMatch(/dist-cdh5\.7\.0\.tgz$/);
  const entries = await list(file);
  expect(entries.map(({name}) => name)).toEqual([
    ...['dist-cdh5.7.0/', 'dist-cdh5.7.0/RELEASE', 'dist-cdh5.7.0/SHA256SUMS', 'dist-cdh5.7.0/bin/'],
    ...['dist-cdh5.7.0/bin/beeline', 'dist-cdh5.7.0/bin/spark-sql'],
    ...['dist-cdh5.7.0/manifest.json', 'dist-cdh5.7.0/run'],
  ]);
  for (const entry of entries) expect(entry).toMatchObject({uid: 0, gid: 0, uname: '', gname: ''});
  expect(entries.find(({name}) => name.endsWith('spark-sql'))?.mode).toBe(0o755);
  expect(entries.find(({name}) => name.endsWith('run'))).toMatchObject({
    type: 'symlink',
    linkname: 'bin/spark-sql',
  });
});

test('one who is interrupted leaves the file of before, and no draft', async () => {
  const dist = await makeDist('a', names);
  await writeFile(`${dist}.tgz`, 'of before');
  await expect(packDist(dist, AbortSignal.abort())).rejects.toThrow();
  expect(await readFile(`${dist}.tgz`, 'utf8')).toBe('of before');
  expect(await readdir(join(folder, 'a'))).toEqual(['dist-cdh5.7.0', 'dist-cdh5.7.0.tgz']);
});

test('what lies there and is not of the dist stays out: a log, a link to elsewhere, a pipe that nobody writes to', async () => {
  const dist = await makeDist('a', names);
  const before = await readFile(await packDist(dist, signal));
  await writeFile(join(dist, 'spark.log'), 'x');
  await symlink('/etc', join(dist, 'etc'));
  execFileSync('mkfifo', [join(dist, 'bin/pipe')]);
  for (const name of ['bin', '.']) await utimes(join(dist, name), 1_457_384_739, 1_457_384_739);
  expect((await readFile(await packDist(dist, signal))).equals(before)).toBe(true);
});

test('what of the dist is gone, or is a pipe or a link to elsewhere by now, is named and nothing is written', async () => {
  for (const put of [
    (path: string) => rm(path),
    async (path: string) => {
      await rm(path);
      execFileSync('mkfifo', [path]);
    },
    async (path: string) => {
      await rm(path);
      await symlink('/etc/hostname', path);
    },
  ]) {
    const dist = await makeDist(`${Math.random()}`, names);
    await put(join(dist, 'bin/beeline'));
    await expect(packDist(dist, signal)).rejects.toMatchObject({
      message: expect.stringContaining('bin/beeline in'),
      hint: expect.stringContaining('build-spark verify'),
    });
    expect(await readdir(join(dist, '..'))).toEqual(['dist-cdh5.7.0']);
  }
});

test('two who pack at once both write the whole, and a link that waits for the name is not followed', async () => {
  const dist = await makeDist('a', names);
  await writeFile(join(folder, 'victim'), 'mine');
  await symlink('../victim', `${dist}.tgz.unfinished`);
  await Promise.all([packDist(dist, signal), packDist(dist, signal), packDist(dist, signal)]);
  expect((await list(`${dist}.tgz`)).map(({name}) => name)).toContain('dist-cdh5.7.0/bin/beeline');
  expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('mine');
  expect(await readdir(join(folder, 'a'))).toEqual([
    ...['dist-cdh5.7.0', 'dist-cdh5.7.0.tgz', 'dist-cdh5.7.0.tgz.unfinished'],
  ]);
});
