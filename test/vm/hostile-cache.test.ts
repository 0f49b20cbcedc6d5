// A fork whose build rewrites Maven's plugins and their checksums, in a real machine: what it left reaches no other
// source, and what it was given by hard link it cannot write to.
import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {useScenes} from '../support/machines.ts';
import {
  findLeftovers,
  planBuildArguments,
  runHost,
  runTool,
  startTool,
  type Scene,
} from '../support/scene.mjs';

const newScene = useScenes();
const mark = 'rewritten by the fork';

/** Each build appends to the jars where they lie: no new file, no rename. As root, since what it is given is not its user's. */
const attack = `
for jar in "$HOME"/.m2/repository/org/apache/maven/plugins/*/*/*.jar; do
  printf '${mark}' | sudo tee -a "$jar" >/dev/null
  sha1sum <"$jar" | cut -c 1-40 >"$jar.sha1"
done
`;

/** A cache of its own, but for the boxes of this user. */
async function newCache(scene: Scene): Promise<Scene> {
  const cache = join(scene.folder, 'cache');
  const {XDG_CACHE_HOME: own = join(homedir(), '.cache')} = process.env;
  await mkdir(join(cache, 'build-spark'), {recursive: true});
  await symlink(join(own, 'build-spark/boxes'), join(cache, 'build-spark/boxes'));
  return {...scene, env: {...scene.env, XDG_CACHE_HOME: cache}};
}

async function makeFork(scene: Scene): Promise<string> {
  const fork = join(scene.folder, 'fork');
  const plan = await runTool(scene, ['plan', '--cdh', '5.7.0', '--source', 'sample']);
  expect(plan.code, plan.stderr).toBe(0);
  const samples = join(scene.folder, 'cache/build-spark/sample');
  const [sample = ''] = (await readdir(samples)).filter((name) => name.endsWith('.git'));
  const git = (...args: readonly string[]) =>
    runHost('git', '-C', fork, '-c', 'user.name=fork', '-c', 'user.email=fork@example.com', ...args);
  await runHost('git', 'clone', '--quiet', '--branch', 'cdh5.7.0-release', join(samples, sample), fork);
  const script = join(fork, 'make-distribution.sh');
  const place = '# One assembly with every class.';
  const text = await readFile(script, 'utf8');
  expect(text).toContain(place);
  await writeFile(script, text.replace(place, `${attack}${place}`));
  await git('commit', '--quiet', '--all', '--message', 'Rewrite the plugins');
  expect((await git('tag', '--force', 'cdh5.7.0-release')).code).toBe(0);
  return fork;
}

/** A whole build, and what its machine had of Maven's before Maven ran: texts by name of the cache's file, or by path. */
async function build(scene: Scene, source: string) {
  const run = startTool(scene, planBuildArguments(scene, ['--source', source, '--force']), {
    logName: scene.label,
  });
  await run.waitFor('step.started', 'Make distribution');
  const given = `/var/lib/lxc/${run.machines().at(-1) ?? ''}/given/home/vagrant/.m2/repository`;
  const {stdout} = await runHost('find', given, '-name', '*.jar', '-printf', '%i %p\n');
  const jars = await Promise.all(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(async (line) => {
        const [inode = '', ...path] = line.split(' ');
        return {inode: Number(inode), text: await readFile(path.join(' '), 'latin1')};
      }),
  );
  const ended = await run.waitForEnd(600_000);
  expect(ended, run.stderr()).toMatchObject({code: 0});
  return jars;
}

interface Kept {
  readonly name: string;
  readonly inode: number;
  readonly text: string;
  readonly sha256: string;
}

async function readKept(scene: Scene): Promise<readonly Kept[]> {
  const folder = join(scene.folder, 'cache/build-spark/maven/files');
  return Promise.all(
    (await readdir(folder)).map(async (name) => {
      const content = await readFile(join(folder, name));
      const sha256 = createHash('sha256').update(content).digest('hex');
      return {name, inode: (await stat(join(folder, name))).ino, text: content.toString('latin1'), sha256};
    }),
  );
}

test('what a hostile build left stays with its source, and what it was given stays as it was', async () => {
  const scene = await newCache(await newScene());
  const fork = await makeFork(scene);
  const countMarks = (text: string): number => text.split(mark).length - 1;

  expect(await build(scene, fork)).toEqual([]);
  const left = await readKept(scene);
  expect(left.some(({text}) => countMarks(text) === 1)).toBe(true);

  // Its own next build is given what it left, by hard link, and writes to it where it lies. The plain sample beside it
  // gets none of it, and leaves none of it.
  const sample = {...scene, label: `${scene.label}s`, output: join(scene.folder, 'out-sample')};
  await mkdir(sample.output);
  const [given, givenToSample] = await Promise.all([build(scene, fork), build(sample, 'sample')]);
  expect(given.some(({text}) => countMarks(text) === 1)).toBe(true);
  const inodes = left.map(({inode}) => inode);
  expect(given.every(({inode}) => inodes.includes(inode))).toBe(true);
  const after = await readKept(scene);
  expect(after.filter(({name, sha256}) => name !== sha256)).toEqual([]);
  expect(after.some(({text}) => countMarks(text) > 1)).toBe(false);

  expect(givenToSample).toEqual([]);
  const sets = join(scene.folder, 'cache/build-spark/maven/builds');
  const own = (await readdir(sets)).filter((name) => name.includes('-sample-'));
  expect(own).toHaveLength(1);
  const {artifacts} = JSON.parse(await readFile(join(sets, own[0] ?? ''), 'utf8')) as {
    readonly artifacts: readonly {readonly path: string; readonly sha256: string}[];
  };
  const forged = (await readKept(scene)).filter(({text}) => countMarks(text) > 0).map(({name}) => name);
  expect(artifacts.some(({path}) => path.startsWith('org/apache/maven/plugins/'))).toBe(true);
  expect(artifacts.filter(({sha256}) => forged.includes(sha256))).toEqual([]);
  expect(await findLeftovers(scene)).toEqual([]);
});
