// Commits through a bundle: from one mirror into another, without the first one.
import {mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {collectCommits, takeCommits} from '../../src/offline/collect-git.ts';
import {BundleContents} from '../../src/offline/contents.ts';
import {systemClock} from '../../src/core/clock.ts';
import {createExec} from '../../src/core/exec.ts';
import {planPaths} from '../../src/core/paths.ts';
import {parseSource} from '../../src/source/location.ts';
import {openMirror} from '../../src/source/mirror.ts';

let folder = '';
const exec = createExec({PATH: '/usr/bin:/bin', HOME: '/nonexistent'});
const toolsOf = (name: string) => ({exec, clock: systemClock, paths: planPaths({}, join(folder, name))});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-git-'));
});
afterEach(async () => {
  await rm(folder, {recursive: true, force: true});
});

test('a commit of a path arrives as one of the URL that the other host names, and is resolved without a connection', async () => {
  const source = join(folder, 'source');
  await mkdir(source);
  const git = (...args: string[]) =>
    exec(['git', '-C', source, '-c', 'user.name=a', '-c', 'user.email=a@b.test', ...args]);
  await git('init', '--quiet');
  for (const text of ['one', 'two']) {
    await writeFile(join(source, 'file'), text);
    await git('add', 'file');
    await git('commit', '--quiet', '-m', text);
  }
  await git('tag', 'v1');
  const here = parseSource(source, '/');
  const there = parseSource('https://example.test/spark', '/');
  const {commit} = await openMirror(here, toolsOf('here')).resolve('v1');
  const contents = new BundleContents();
  const work = join(folder, 'work');
  await collectCommits(toolsOf('here'), {from: here, to: there, commits: [commit]}, contents, work);
  const [content] = contents.render({toolVersion: '1', architecture: 'amd64', builds: []}).contents;
  if (content?.kind !== 'git') throw new Error('no commits');
  const pack = join(folder, 'pack');
  await rename(contents.find(content.sha256), pack);
  await takeCommits(toolsOf('there'), content, pack, join(folder, 'work-there'));

  const mirror = openMirror(there, toolsOf('there'));
  expect(await mirror.resolve('v1', {isLocal: true, isOffline: true})).toMatchObject({commit});
  expect(await (await mirror.open(commit)).read('file')).toBe('two');
  await expect(mirror.resolve('v2', {isLocal: true, isOffline: true})).rejects.toMatchObject({
    hint: expect.stringContaining('bundle use') as unknown,
  });
});
