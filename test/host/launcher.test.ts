// Drives bin/build-spark and bin/impala-ha with a Node and an npm that only note how they were called.
import {
  access,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createExec, type CommandResult} from '../../src/core/exec.ts';
import {projectRoot} from '../../src/core/paths.ts';

const tools = [
  'sh',
  'dirname',
  'readlink',
  'find',
  'cmp',
  'mkdir',
  'mktemp',
  'ln',
  'mv',
  'rm',
  'sleep',
  'tail',
  'cp',
];
const workingNpm = `#!/bin/sh
echo "$*" >>npm.log
case $1 in
  ci | install) mkdir -p node_modules && : >node_modules/.package-lock.json ;;
  run) sleep 0.3; mkdir -p lib/bundle && : >lib/bundle/build-spark.js && : >lib/bundle/impala-ha.js ;;
esac
`;

/** A fresh clone, as far as the launcher looks, and a PATH with nothing else in it. */
async function newClone(scripts: {readonly node?: string; readonly npm?: string} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-launcher-'));
  const clone = join(folder, 'my clone');
  const path = join(folder, 'path');
  await mkdir(join(clone, 'bin'), {recursive: true});
  await mkdir(join(clone, 'src'));
  await mkdir(path);
  for (const tool of tools) await symlink(await findTool(tool), join(path, tool));
  const node = scripts.node ?? '#!/bin/sh\n[ "$1" = --version ] && echo v20.19.0 || echo "ran $*"\n';
  for (const [name, text] of Object.entries({node, npm: scripts.npm ?? workingNpm})) {
    if (text === '') continue;
    await writeFile(join(path, name), text);
    await chmod(join(path, name), 0o755);
  }
  for (const name of ['build-spark', 'impala-ha', 'launch.sh'])
    await copyFile(join(projectRoot, 'bin', name), join(clone, 'bin', name));
  for (const name of [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'rolldown.config.js',
    'src/a.ts',
  ])
    await writeFile(join(clone, name), name);
  const exec = createExec({PATH: path, HOME: folder});
  const run = (
    command = join(clone, 'bin/build-spark'),
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> => exec([command, '--cdh', '5.7.0; x'], {allow: 'any', timeoutMs: 30_000, env});
  /** By a path that is looked up in CDPATH, and by a shell that takes functions and options from its environment. */
  const runBy = (
    shell: string,
    tool: string,
    env: Readonly<Record<string, string>>,
  ): Promise<CommandResult> =>
    exec([shell, `bin/${tool}`, '--cdh', '5.7.0; x'], {allow: 'any', timeoutMs: 30_000, env, cwd: clone});
  const npmCalls = async (): Promise<readonly string[]> =>
    (await readFile(join(clone, 'npm.log'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const hasLock = (): Promise<boolean> => exists(join(clone, '.compiling'));
  return {folder, clone, run, runBy, npmCalls, hasLock};
}

const withoutNodeOptions = (line: string): string => line.replace(/^ran (--\S+ )+/, 'ran ');

async function findTool(name: string): Promise<string> {
  for (const folder of ['/bin', '/usr/bin']) if (await exists(join(folder, name))) return join(folder, name);
  throw new Error(`${name} is not on this host`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

test.each([
  ['no Node', '', /Node is not on this host/],
  ['Node 18', '#!/bin/sh\necho v18.20.4\n', /Node v18\.20\.4 is too old/],
  ['Node 20.18', '#!/bin/sh\necho v20.18.1\n', /too old/],
])('%s: one line, what to do, exit 4, and nothing is touched', async (_name, node, message) => {
  const {run, npmCalls} = await newClone({node});
  const {exitCode, stdout, stderr} = await run();
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(2);
  expect(stdout).toBe('');
  expect(await npmCalls()).toEqual([]);
});

test('a fresh clone compiles once, also when two copies start at once, and then hands over every argument', async () => {
  const {run, clone, npmCalls, hasLock} = await newClone();
  const results = await Promise.all([run(), run()]);
  for (const {exitCode, stdout} of results) {
    expect(exitCode).toBe(0);
    expect(withoutNodeOptions(stdout)).toBe(`ran ${clone}/lib/bundle/build-spark.js --cdh 5.7.0; x`);
  }
  expect(results.filter(({stderr}) => stderr.includes('compiling itself once'))).toHaveLength(1);
  expect((await npmCalls()).map((call) => call.split(' ')[0])).toEqual(['ci', 'run']);
  expect((await npmCalls())[0]).toMatch(/--include=dev --ignore-scripts/);
  expect(await hasLock()).toBe(false);
});

test('both tools start from one compilation', async () => {
  const {run, clone, npmCalls} = await newClone();
  const results = await Promise.all([run(), run(join(clone, 'bin/impala-ha'))]);
  expect(results.map(({stdout}) => withoutNodeOptions(stdout))).toEqual([
    `ran ${clone}/lib/bundle/build-spark.js --cdh 5.7.0; x`,
    `ran ${clone}/lib/bundle/impala-ha.js --cdh 5.7.0; x`,
  ]);
  expect(await npmCalls()).toHaveLength(2);
});

test('it compiles again when a source changed, installs again when the lock file did, and else does neither', async () => {
  const {run, clone, npmCalls} = await newClone();
  await run();
  expect((await run()).stderr).toBe('');
  expect(await npmCalls()).toHaveLength(2);
  const later = new Date(Date.now() + 5_000);
  await utimes(join(clone, 'src/a.ts'), later, later);
  await run();
  expect((await npmCalls()).slice(2).map((call) => call.split(' ')[0])).toEqual(['run']);
  await writeFile(join(clone, 'package-lock.json'), 'other');
  await utimes(join(clone, 'package-lock.json'), later, later);
  await run();
  expect((await npmCalls()).slice(3).map((call) => call.split(' ')[0])).toEqual(['install', 'run']);
});

test("a failed installation shows npm's own words and leaves no lock; the next try begins anew", async () => {
  const {run, npmCalls, hasLock, clone} = await newClone({
    npm: '#!/bin/sh\necho "$*" >>npm.log\necho "npm error network ENOTFOUND" >&2\nexit 1\n',
  });
  const {exitCode, stderr} = await run();
  expect(exitCode).toBe(4);
  expect(stderr).toContain('npm error network ENOTFOUND');
  expect(stderr).toContain('npm config get registry');
  expect(await hasLock()).toBe(false);
  expect(await exists(join(clone, 'lib/.built'))).toBe(false);
  await run();
  expect(await npmCalls()).toHaveLength(2);
});

test('the lock of a copy that was killed is taken over', async () => {
  const {run, clone, hasLock} = await newClone();
  await symlink('4194999', join(clone, '.compiling')); // Above the largest process id.
  expect((await run()).exitCode).toBe(0);
  expect(await hasLock()).toBe(false);
});

test('it finds its folder through symlinks, relative ones too', async () => {
  const {run, folder, clone} = await newClone();
  await mkdir(join(folder, 'links'));
  await symlink('../my clone/bin/build-spark', join(folder, 'links/one'));
  await symlink(join(folder, 'links/one'), join(folder, 'links/two'));
  expect((await run(join(folder, 'links/two'))).stdout).toContain(`${clone}/lib/bundle/build-spark.js`);
});

const inherited: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['CDPATH', {CDPATH: '/:/usr:.'}],
  ['ENV', {ENV: '/etc/passwd'}],
  ['BASH_ENV', {BASH_ENV: '/nonexistent/env'}],
  ['IFS', {IFS: '/i'}],
  ['GREP_OPTIONS', {GREP_OPTIONS: '--color=always'}],
  ['POSIXLY_CORRECT', {POSIXLY_CORRECT: '1'}],
  ['an odd locale', {LC_ALL: 'tr_TR.ISO-8859-9', LANG: 'xx', LANGUAGE: 'de'}],
  ['noclobber', {SHELLOPTS: 'braceexpand:noclobber:noglob'}],
  ['functions of bash', {'BASH_FUNC_cd%%': '() { echo theirs; }', 'BASH_FUNC_node%%': '() { echo theirs; }'}],
  ['options of Node', {NODE_OPTIONS: '--require /nonexistent/x.js', NODE_PATH: '/nonexistent'}],
  [
    'another npm',
    {npm_config_global: 'true', npm_config_dry_run: 'true', npm_config_script_shell: '/nonexistent'},
  ],
];

/** Fails with Node's options and npm's settings as the real ones do. */
const strictNode = `#!/bin/sh
[ -z "\${NODE_OPTIONS-}\${NODE_PATH-}" ] || { echo 'cannot find module' >&2; exit 9; }
[ "$1" = --version ] && echo v20.19.0 || echo "ran $*"
`;
const strictNpm = workingNpm.replace(
  '\ncase $1',
  '\ncase $* in *--global=false*) ;; *) exit 7 ;; esac\ncase $* in ci*--dry-run=false* | run*--script-shell=sh*) ;; *) exit 8 ;; esac\ncase $1',
);

describe.each(inherited)('%s in the environment', (name, env) => {
  test.each(['bash', 'sh'])('changes nothing, with %s', async (shell) => {
    const {clone, runBy} = await newClone({
      node: strictNode,
      ...(name === 'another npm' ? {npm: strictNpm} : {}),
    });
    const path = await findTool(shell);
    for (const tool of ['build-spark', 'impala-ha']) {
      const {exitCode, stdout, stderr} = await runBy(path, tool, env);
      expect(exitCode, stderr).toBe(0);
      expect(withoutNodeOptions(stdout)).toBe(`ran ${clone}/lib/bundle/${tool}.js --cdh 5.7.0; x`);
    }
  });
});

test('a temporary folder with a space is no obstacle, and one that is not there is named', async () => {
  const {folder, run} = await newClone();
  const missing = await run(undefined, {TMPDIR: join(folder, 'none')});
  expect(missing).toMatchObject({
    exitCode: 4,
    stderr: expect.stringMatching(/No file can be made in .*none/),
  });
  await mkdir(join(folder, 'a b'));
  expect(await run(undefined, {TMPDIR: join(folder, 'a b')})).toMatchObject({exitCode: 0});
});

describe('an installed package', () => {
  const installed = async (): Promise<Awaited<ReturnType<typeof newClone>>> => {
    const scene = await newClone({npm: ''});
    await rm(join(scene.clone, 'package-lock.json')); // npm packs none. The src/ stays: whoever made it, it is not compiled.
    return scene;
  };

  test('is started as it is: nothing is compiled, and npm may be missing', async () => {
    const {clone, run} = await installed();
    await mkdir(join(clone, 'lib/bundle'), {recursive: true});
    await writeFile(join(clone, 'lib/bundle/build-spark.js'), '');
    const {stdout, stderr} = await run();
    expect(stderr).toBe('');
    expect(withoutNodeOptions(stdout)).toBe(`ran ${clone}/lib/bundle/build-spark.js --cdh 5.7.0; x`);
    expect(await exists(join(clone, 'lib/.built'))).toBe(false);
  });

  test('that is not whole is named, exit 4', async () => {
    const {run} = await installed();
    expect(await run()).toMatchObject({exitCode: 4, stderr: expect.stringContaining('is not whole')});
  });
});

test('what a careful root compiles, others can run', async () => {
  const {clone, folder} = await newClone();
  const exec = createExec({PATH: join(folder, 'path')});
  const argv = [await findTool('sh'), '-c', 'umask 077; exec "$0"', join(clone, 'bin/build-spark')] as const;
  await exec(argv, {timeoutMs: 30_000});
  expect((await stat(join(clone, 'lib/bundle/build-spark.js'))).mode & 0o777).toBe(0o644);
});
