import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {copyFile, mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {pack as tar} from 'tar-stream';
import {expect, onTestFinished, test} from 'vitest';
import {makeParcels} from '../../src/parcel/make-parcel.ts';
import {writeRepository} from '../../src/parcel/repository.ts';
import {makeFolder, writeTree} from '../distribution/fake-dist.ts';
import {makeDist, makeOf, now, readJar, readParcelEntries} from './made.ts';

const top = 'BUILD_SPARK-1.6.0-1.cdh5.7.0.p0.20261122.2010';
const json = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T;
/** What of a dist's manifest is looked at. */
interface Files {
  readonly files: readonly {readonly path: string; readonly mode: string; readonly sha256: string}[];
}
interface Repository {
  readonly lastUpdated: number;
  readonly parcels: readonly {readonly parcelName: string}[];
}
interface Described {
  readonly name: string;
  readonly version: string;
  readonly scripts: {readonly defines: string};
}

test('a parcel has one folder of its own name, and in it the dist with every file, mode and owner as it should be', async () => {
  const dist = await makeDist();
  const {folder, parcels} = await makeOf(dist);
  expect(parcels).toEqual([`${top}-el7.parcel`]);
  const entries = await readParcelEntries(join(folder, parcels[0]!));
  const names = entries.map(({name}) => name);
  expect(names).toEqual(names.toSorted());
  for (const name of names) expect(name === top || name.startsWith(`${top}/`), name).toBe(true);
  for (const {uid, gid, uname, gname, mtime} of entries)
    expect({uid, gid, uname, gname, mtime}).toEqual({
      ...{uid: 0, gid: 0, uname: '', gname: ''},
      mtime: new Date('2026-11-22T20:10:00Z'),
    });
  const {files} = await json<Files>(join(dist, 'manifest.json'));
  for (const {path, mode, sha256} of files) {
    const entry = entries.find(({name}) => name === `${top}/lib/build-spark/${path}`)!;
    expect(entry.mode.toString(8), path).toBe(mode);
    if (!path.endsWith('.jar')) expect(createHash('sha256').update(entry.text).digest('hex')).toBe(sha256);
  }
  for (const path of ['manifest.json', 'SHA256SUMS'])
    expect(names).toContain(`${top}/lib/build-spark/${path}`);
});

test('its descriptions name each other, and what they name is there', async () => {
  const {folder, parcels} = await makeOf(await makeDist());
  const entries = await readParcelEntries(join(folder, parcels[0]!));
  const find = (path: string) => entries.find(({name}) => name === `${top}/${path}`);
  const parcel = JSON.parse(find('meta/parcel.json')!.text) as Described;
  expect(`${parcel.name}-${parcel.version}`).toBe(top);
  expect(parcel).toMatchObject({
    ...{schema_version: 1, setActiveSymlink: true, provides: ['build_spark'], users: {}, groups: []},
    depends: 'CDH (>= 5.7.0), CDH (<< 5.7.1)',
  });
  expect(find(`meta/${parcel.scripts.defines}`)).toBeDefined();
  const alternatives = JSON.parse(find('meta/alternatives.json')!.text) as Record<string, {source: string}>;
  const permissions = JSON.parse(find('meta/permissions.json')!.text) as Record<string, unknown>;
  expect(Object.keys(alternatives).toSorted()).toEqual(['spark-beeline', 'spark-sql']);
  for (const {source} of Object.values(alternatives)) {
    expect(find(source)).toMatchObject({type: 'file', mode: 0o755});
    expect(permissions[source]).toEqual({user: 'root', group: 'root', permissions: '0755'});
  }
});

test("nothing of Cloudera's is shadowed: no command, tag or variable of its own parcels", async () => {
  const {folder, parcels, service} = await makeOf(await makeDist());
  const entries = await readParcelEntries(join(folder, parcels[0]!));
  const text = (path: string) => entries.find(({name}) => name === `${top}/${path}`)!.text;
  const alternatives = JSON.parse(text('meta/alternatives.json')) as Record<string, unknown>;
  const cloudera = ['spark-shell', 'spark-submit', 'pyspark', 'beeline', 'hive', 'spark-conf'];
  for (const name of cloudera) expect(Object.keys(alternatives)).not.toContain(name);
  expect(text('meta/build_spark_env.sh')).not.toMatch(/^(?:export )?(?:CDH|SPARK|HADOOP|HIVE)_\w*=/m);
  const jar = await readJar(join(folder, service!));
  const sdl = JSON.parse(jar['descriptor/service.sdl']!) as {name: string};
  expect(['SPARK', 'SPARK_ON_YARN', 'SPARK2_ON_YARN']).not.toContain(sdl.name);
});

test('hashes and the manifest of the repository are those of the file, for each system', async () => {
  const {folder, parcels, sha1} = await makeOf(await makeDist(), ['el7', 'sles12']);
  expect(parcels).toEqual([`${top}-el7.parcel`, `${top}-sles12.parcel`]);
  const manifest = await json<Repository>(join(folder, 'manifest.json'));
  expect(manifest.lastUpdated).toBe(now);
  expect(manifest.parcels.map(({parcelName}) => parcelName)).toEqual(parcels);
  for (const name of parcels) {
    const hash = createHash('sha1')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    expect(hash).toBe(sha1);
    for (const ending of ['sha', 'sha1'])
      expect(await readFile(join(folder, `${name}.${ending}`), 'utf8')).toBe(`${hash}\n`);
    expect(manifest.parcels).toContainEqual(
      expect.objectContaining({parcelName: name, hash, depends: 'CDH (>= 5.7.0), CDH (<< 5.7.1)'}),
    );
  }
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('the same dist gives the same bytes, wherever and whenever', async () => {
  const dist = await makeDist();
  const [one, two] = [await makeOf(dist), await makeOf(dist)];
  expect(two.sha1).toBe(one.sha1);
  expect(await readFile(join(two.folder, two.service!))).toEqual(
    await readFile(join(one.folder, one.service!)),
  );
});

test('parcels of others in the folder stay in the repository; what only has the name is said', async () => {
  const dist = await makeDist();
  const {folder, parcels} = await makeOf(dist);
  const other = `${top.replace('20261122', '20261121')}-el7.parcel`;
  // Read anew: its own name does not fit what is in it, as with a file that was renamed.
  await writeFile(join(folder, other), await readFile(join(folder, parcels[0]!)));
  await writeFile(join(folder, 'CDH-5.7.0-el7.parcel'), 'x');
  const signal = new AbortController().signal;
  const {repository} = await makeParcels(dist, folder, ['el6'], now, signal);
  expect(repository.parcels.map(({parcelName}) => parcelName)).toEqual([`${top}-el6.parcel`, ...parcels]);
  expect(repository.damaged.map(({name}) => name)).toEqual([other, 'CDH-5.7.0-el7.parcel'].toSorted());
});

test('a folder, a pipe or a link to elsewhere that is called a parcel is named, and nothing waits for it', async () => {
  const dist = await makeDist();
  const folder = await makeFolder();
  await mkdir(join(folder, 'a.parcel'));
  execFileSync('mkfifo', [join(folder, 'b.parcel')]);
  await symlink('/etc/passwd', join(folder, 'c.parcel'));
  const {repository, parcels} = await makeParcels(dist, folder, ['el7'], now, new AbortController().signal);
  expect(repository.damaged.map(({name}) => name)).toEqual(['a.parcel', 'b.parcel', 'c.parcel']);
  expect(repository.parcels.map(({parcelName}) => parcelName)).toEqual(parcels);
});

test('whoever stops while others are read is heard, whatever of the archive is being read', async () => {
  const dist = await makeDist();
  const {folder, parcels} = await makeOf(dist);
  for (let index = 0; index < 20; index += 1)
    await copyFile(join(folder, parcels[0]!), join(folder, `other${index}-1-el7.parcel`));
  const unheard: unknown[] = [];
  const listen = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', listen);
  onTestFinished(() => void process.off('unhandledRejection', listen));
  let stopped = 0;
  for (let after = 0; after < 40; after += 1) {
    const controller = new AbortController();
    const writing = writeRepository(folder, new Map(), now, controller.signal);
    setTimeout(() => controller.abort(new Error('stopped')), after / 2);
    await writing.then(
      () => undefined,
      () => (stopped += 1),
    );
  }
  await new Promise((done) => setTimeout(done, 50));
  expect(stopped).toBeGreaterThan(0);
  expect(unheard).toEqual([]);
});

test('one that unpacks to far more than a parcel does is not read to its end, and it is said why', async () => {
  const dist = await makeDist();
  const {folder, parcels} = await makeOf(dist);
  const entries = await readParcelEntries(join(folder, parcels[0]!));
  const pack = tar();
  const other = top.replace('20261122', '20261121');
  for (const {name, text} of entries.filter((each) => each.type === 'file'))
    pack.entry({name: name.replace(top, other)}, text);
  const zeros = Buffer.alloc(100_000_000);
  pack.entry({name: `${other}/zeros`}, zeros);
  pack.finalize();
  await pipeline(pack, createGzip({level: 1}), createWriteStream(join(folder, `${other}-el7.parcel`)));
  const {repository} = await makeParcels(dist, folder, ['el7'], now, new AbortController().signal);
  expect(repository.parcels.map(({parcelName}) => parcelName)).toEqual(parcels);
  expect(repository.damaged).toEqual([
    {name: `${other}-el7.parcel`, why: expect.stringContaining('unpacks to more than 67 MB')},
  ]);
});

test('a dist that is not what its manifest says becomes no parcel', async () => {
  const dist = await makeDist();
  await writeTree(dist, {'bin/spark-submit': 'changed'});
  const folder = join(await makeFolder(), 'out');
  await expect(makeParcels(dist, folder, ['el7'], now, new AbortController().signal)).rejects.toMatchObject({
    exitCode: 1,
  });
  await expect(stat(folder)).rejects.toMatchObject({code: 'ENOENT'});
});

test('a folder that cannot be written is the operator’s to name, and a dist without a manifest is named once', async () => {
  const dist = await makeDist();
  const {signal} = new AbortController();
  const file = join(await makeFolder(), 'file');
  await writeFile(file, 'x');
  for (const output of [file, join(file, 'inner'), '/proc/parcels'])
    await expect(makeParcels(dist, output, ['el7'], now, signal)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(output),
    });
  const bare = await makeFolder();
  const error = await makeParcels(bare, join(file, 'out'), ['el7'], now, signal).catch(
    (thrown: unknown) => thrown as Error,
  );
  expect((error as Error).message.split(bare)).toHaveLength(2);
});

test('two who write into one folder at once do not meet, and a link that waits for the name is not followed', async () => {
  const dist = await makeDist();
  const folder = join(await makeFolder(), 'out');
  await mkdir(folder);
  await writeFile(join(folder, '../victim'), 'mine');
  const waiting = [`.${top}-el7.parcel.partial`, '.SPARK_THRIFT-5.7.0.jar.partial'];
  for (const name of waiting) await symlink('../victim', join(folder, name));
  const {signal} = new AbortController();
  const [one] = await Promise.all(
    [1, 2, 3].map(() => makeParcels(dist, folder, ['el7', 'el6'], now, signal)),
  );
  for (const name of one!.parcels)
    expect(
      createHash('sha1')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    ).toBe(one!.sha1);
  await readJar(join(folder, one!.service!));
  expect(await readFile(join(folder, '../victim'), 'utf8')).toBe('mine');
  expect((await readdir(folder)).filter((name) => name.startsWith('.')).toSorted()).toEqual(
    waiting.toSorted(),
  );
});

test('one that is interrupted leaves nothing of its name', async () => {
  const dist = await makeDist();
  const folder = join(await makeFolder(), 'out');
  const abort = new AbortController();
  const making = makeParcels(dist, folder, ['el7'], now, abort.signal);
  abort.abort(new Error('stopped'));
  await expect(making).rejects.toThrow();
  expect(await readdir(folder).catch(() => [])).toEqual([]);
});
