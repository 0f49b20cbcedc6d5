// `--publish`: a folder of another host, which here is one of this host behind an `ssh` that only runs what it is given.
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {createExec} from '../../src/core/exec.ts';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {parsePublishPlace} from '../../src/distribution/publish-place.ts';
import {publishThere} from '../../src/distribution/publish-there.ts';
import {libFacts, makeFolder, writeTree} from './fake-dist.ts';

/**
 * Drops its options and the host, as sshd does; the rest is one line for a shell. Where the file `cut` is beside it, the
 * connection breaks once the line has run.
 */
const ssh = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -p | -l) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done
shift
sh -c "$*" || exit
[ ! -e "\${0%/*}/cut" ] || { rm "\${0%/*}/cut"; exit 255; }
`;

async function makeScene() {
  const folder = await makeFolder();
  const [bin, there, dist] = [
    join(folder, 'bin'),
    join(folder, "dists of o'Neill"),
    join(folder, 'dist-cdh5.7.0'),
  ];
  for (const path of [bin, there]) await mkdir(path);
  await writeFile(join(bin, 'ssh'), ssh);
  await chmod(join(bin, 'ssh'), 0o755);
  await writeTree(dist, {RELEASE: 'Spark\n', 'bin/spark-sql': '#!/bin/sh\n'});
  const hash = 'a'.repeat(64);
  const definition = {box: 'debian', puppet: hash, hiera: hash, dependencies: hash};
  await writeManifest(dist, {...libFacts, definition});
  const exec = createExec({...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`});
  const tools = {exec, clock: systemClock, signal: new AbortController().signal};
  const send = (more: Partial<Parameters<typeof publishThere>[3]> = {}) =>
    publishThere(dist, parsePublishPlace(`me@host:${there}`), tools, {replace: false, ...more});
  return {bin, dist, there, send};
}

test('the dist is there whole, under its name; who comes second finds it, and nothing else is left', async () => {
  const {there, send} = await makeScene();
  expect(await Promise.all([send(), send()])).toEqual(expect.arrayContaining(['sent', 'there']));
  expect(await send()).toBe('there');
  expect((await readdir(there)).filter((name) => !name.endsWith('.lock'))).toEqual(['dist-cdh5.7.0']);
  expect(await readFile(join(there, 'dist-cdh5.7.0/RELEASE'), 'utf8')).toBe('Spark\n');
});

test('whose job is another’s by now places nothing: asked before it sends, and again under the lock', async () => {
  for (const askedBefore of [0, 1]) {
    const {there, send} = await makeScene();
    let asked = 0;
    const mayPublish = (): Promise<void> =>
      asked++ < askedBefore ? Promise.resolve() : Promise.reject(new Error('not ours'));
    await expect(send({mayPublish})).rejects.toThrow('not ours');
    expect(await readdir(there).then((names) => names.filter((name) => !name.endsWith('.lock')))).toEqual([]);
    expect(await send()).toBe('sent');
  }
});

test('another dist of that name stays, and is named; with --force it is replaced', async () => {
  const {there, dist, send} = await makeScene();
  await mkdir(join(there, 'dist-cdh5.7.0'));
  await writeFile(join(there, 'dist-cdh5.7.0/manifest.json'), '{"inputsHash": "other"}');
  await expect(send()).rejects.toThrow('is there already, and was made otherwise');
  expect(await readdir(there)).toEqual(['dist-cdh5.7.0']);
  expect(await send({replace: true})).toBe('sent');
  expect(await readFile(join(there, 'dist-cdh5.7.0/manifest.json'), 'utf8')).toBe(
    await readFile(join(dist, 'manifest.json'), 'utf8'),
  );
});

test('what did not come as it was sent gets no name', async () => {
  const {there, dist, send} = await makeScene();
  await writeFile(join(dist, 'RELEASE'), 'changed since\n');
  await expect(send()).rejects.toThrow(/RELEASE/);
  expect(await readdir(there).then((names) => names.filter((name) => !name.endsWith('.lock')))).toEqual([]);
});

test.each(['host:dir', '/dir', 'me@host:', '-oProxyCommand=x:/dir', 'a b:/dir'])('%j is refused', (text) => {
  expect(() => parsePublishPlace(text)).toThrow('is not a folder of another host');
});

test('a connection that breaks as soon as the folder is made leaves none', async () => {
  const {bin, there, send} = await makeScene();
  await writeFile(join(bin, 'cut'), '');
  await expect(send()).rejects.toThrow('Nothing can be put into');
  expect(await readdir(there)).toEqual([]);
});

test.each(['-oProxyCommand=x@host:/dists', '-x@host:/dists', '.me@host:/dists', '-host:/dists'])(
  '%s is no place: ssh would take its beginning for an option',
  (text) => {
    expect(() => parsePublishPlace(text)).toThrow('is not a folder of another host');
  },
);
