// Hosts that are not as ours: folders with any name, other locales, a strict umask, an environment full of somebody else's.
import {cp, mkdir, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, inject} from 'vitest';
import {realExec} from '../core/fixtures.ts';
import {main} from './paths.ts';
import {distName, playSample} from './sample-build.ts';
import {test, type Scene} from './scene.ts';

/** What a shell, ssh, a list in a variable, and a URL would each read in their own way. */
const oddNames = ["a b%2F'ü", 'x:y,z"$(touch hacked)`\\n'];

/** Vagrant's project, Ruby, git and every shell of the operator, all leading elsewhere. */
const foreign = {
  VAGRANT_CWD: '/',
  VAGRANT_VAGRANTFILE: 'Theirs',
  VAGRANT_DOTFILE_PATH: '/nonexistent',
  RUBYOPT: '-rnothing',
  GIT_DIR: '/nonexistent',
  GIT_WORK_TREE: '/nonexistent',
  GIT_INDEX_FILE: '/nonexistent/index',
  GIT_DEFAULT_HASH: 'sha256',
  GIT_OBJECT_DIRECTORY: '/nonexistent',
  TAR_OPTIONS: '--nothing',
  GREP_OPTIONS: '--nothing',
  BASH_ENV: '/etc/passwd',
  ENV: '/etc/passwd',
  SHELLOPTS: 'noclobber',
  'BASH_FUNC_tar%%': '() { false; }',
  CDPATH: '/',
  POSIXLY_CORRECT: '1',
  PERL5OPT: '-Mnothing',
  LD_LIBRARY_PATH: '/nonexistent',
};

/** A copy of the sample, and all folders of the tool, below one with this name. */
async function moveTo(scene: Scene, name: string) {
  const place = join(scene.folder, name);
  const folders = {
    XDG_STATE_HOME: join(place, 'state'),
    XDG_CACHE_HOME: join(place, 'cache'),
    TMPDIR: join(place, 'tmp'),
  };
  for (const folder of [...Object.values(folders), join(place, 'out')])
    await mkdir(folder, {recursive: true});
  const sample = join(inject('cache'), 'build-spark/sample');
  const source = join(place, 'source.git');
  await cp(join(sample, (await readdir(sample))[0] ?? ''), source, {recursive: true});
  const output = join(place, 'out');
  const run = async (env: Record<string, string>, ...args: readonly string[]) => {
    const argv = ['sh', '-c', 'umask 077; exec "$0" "$@"', process.execPath, main, ...args] as const;
    return realExec(argv, {env: {...scene.env, ...folders, ...env}, cwd: place, allow: 'any'});
  };
  const build = [
    '--cdh',
    '5.7.0',
    '--source',
    source,
    '--provider',
    'fake',
    '--memory',
    '2GiB',
    '--cpus',
    '1',
  ];
  return {place, output, run, build: [...build, '--output', output], state: folders.XDG_STATE_HOME};
}

describe.concurrent('a build on such a host gives the same dist', () => {
  for (const name of oddNames) {
    for (const LC_ALL of ['C', 'C.UTF-8']) {
      test(`in folders named ${name}, in the locale ${LC_ALL}`, async ({scene}) => {
        await playSample(scene);
        const {run, build, output, place, state} = await moveTo(scene, name);
        const built = await run({LC_ALL, ...foreign}, ...build);
        expect(built.exitCode, built.stderr).toBe(0);
        expect(built.stdout).toContain(join(output, distName));
        expect(await readdir(output)).toEqual([distName]);
        expect(await readdir(join(state, 'build-spark/journal'))).toEqual([]);
        expect((await run({LC_ALL}, 'verify', join(output, distName))).exitCode).toBe(0);
        const again = await run({LC_ALL}, ...build);
        expect(again.exitCode, again.stderr).toBe(0);
        expect(again.stdout).toContain('up to date');
        expect(await readdir(place)).not.toContain('hacked');
      });
    }
  }

  test('whose files others may read, whatever the umask', async ({scene}) => {
    await playSample(scene);
    const {run, build, output} = await moveTo(scene, 'plain');
    expect(await run({}, ...build)).toMatchObject({exitCode: 0});
    const dist = join(output, distName);
    for (const file of await readdir(dist, {recursive: true})) {
      const mode = (await stat(join(dist, file))).mode & 0o777;
      expect(`${file} ${(mode & 0o044).toString(8)}`).toBe(`${file} 44`);
    }
  });
});
