// The sample source as a git repository: its tags, that they are the same everywhere, and that its scripts are sound.
import {mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {env} from 'node:process';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {writeSampleRepository} from '../../src/source/sample-repository.ts';

const exec = createExec(env);
const cdh5 = ['cdh5.4.11-release', 'cdh5.5.2-release', 'cdh5.7.0-release', 'cdh5.16.2-release'];
const spark2 = ['cdh6.3.2-release', 'spark2-2.4.0-cloudera2'];
const tags = [...cdh5, ...spark2];
const scriptOf = (tag: string): string => `${spark2.includes(tag) ? 'dev/' : ''}make-distribution.sh`;

let scratch: string;
let repository: string;

async function git(path: string, ...args: string[]): Promise<string> {
  return (await exec(['git', '--git-dir', path, ...args])).stdout;
}

async function listRefs(path: string): Promise<string> {
  return git(path, 'for-each-ref', '--format=%(objecttype) %(objectname) %(refname)');
}

async function checkOut(tag: string): Promise<string> {
  const folder = join(scratch, 'trees', tag);
  await mkdir(folder, {recursive: true});
  const archive = join(folder, '.tar');
  await git(repository, 'archive', '--output', archive, tag);
  await exec(['tar', '-xf', archive, '-C', folder]);
  await rm(archive);
  return folder;
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'build-spark-sample-'));
  repository = await writeSampleRepository(join(scratch, 'cache', 'sample'), {exec});
});

afterAll(async () => {
  await rm(scratch, {recursive: true, force: true});
});

describe('the repository', () => {
  test('has the six tags, and only the one of Spark 2 is annotated', async () => {
    // With their ids: another commit means that whatever was built of the sample is built again.
    expect((await listRefs(repository)).split('\n')).toEqual([
      'commit d6ecfdc4ce90e36730ccbd6af7d472e58d23efaf refs/heads/main',
      'commit 2b233bb7af81400d28feff16db8ce597eefd6e14 refs/tags/cdh5.16.2-release',
      'commit bc83d93e937bae5474e1818c9a0892aad8503d1b refs/tags/cdh5.4.11-release',
      'commit d67895e7766a63d463a0d133500d5fd16f76f2dc refs/tags/cdh5.5.2-release',
      'commit deba45d470f118fe00d5bab4f7a857d8448993fc refs/tags/cdh5.7.0-release',
      'commit d6ecfdc4ce90e36730ccbd6af7d472e58d23efaf refs/tags/cdh6.3.2-release',
      'tag a3028fb0dd0b8cd5ae3e03ba003377c4e59843e9 refs/tags/spark2-2.4.0-cloudera2',
    ]);
    expect(basename(repository)).toBe('sample-c72325c6aa44.git');
    expect(await git(repository, 'fsck', '--strict')).toBe('');
  });

  test('is the same, id by id, whatever the git of the user is told', async () => {
    const home = join(scratch, 'hostile');
    await mkdir(join(home, 'template', 'hooks'), {recursive: true});
    await writeFile(join(home, 'template', 'planted'), 'must not appear');
    const config = [
      ['commit.gpgSign', 'true'],
      ['tag.gpgSign', 'true'],
      ['core.autocrlf', 'true'],
      ['core.hooksPath', join(home, 'template', 'hooks')],
      ['init.defaultBranch', 'hostile'],
      ['init.defaultObjectFormat', 'sha256'],
      ['init.templateDir', join(home, 'template')],
      ['user.name', 'Somebody Else'],
      ['i18n.commitEncoding', 'latin1'],
    ] as const;
    await writeFile(
      join(home, '.gitconfig'),
      config.map(([key, value]) => `[${key.split('.')[0]}]\n\t${key.split('.')[1]} = ${value}\n`).join(''),
    );
    const hostile = createExec({
      ...env,
      HOME: home,
      TZ: 'Asia/Kathmandu',
      LC_ALL: 'C',
      GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
      GIT_CONFIG_COUNT: String(config.length),
      ...Object.fromEntries(config.map(([key], index) => [`GIT_CONFIG_KEY_${index}`, key])),
      ...Object.fromEntries(config.map(([, value], index) => [`GIT_CONFIG_VALUE_${index}`, value])),
      GIT_TEMPLATE_DIR: join(home, 'template'),
      GIT_DEFAULT_HASH: 'sha256',
      GIT_DIR: join(home, 'elsewhere'),
      GIT_OBJECT_DIRECTORY: join(home, 'objects'),
      GIT_AUTHOR_DATE: '1999-01-01T00:00:00Z',
      GIT_AUTHOR_NAME: 'Somebody Else',
      GIT_COMMITTER_EMAIL: 'somebody@example.invalid',
    });
    const other = await writeSampleRepository(join(scratch, 'second'), {exec: hostile});
    expect(basename(other)).toBe(basename(repository));
    expect(await listRefs(other)).toBe(await listRefs(repository));
    expect(await readFile(join(other, 'HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
    expect(await readdir(other)).not.toContain('planted');
    expect(await readdir(home)).not.toContain('elsewhere');
  });

  test('is left as it is when it is there already', async () => {
    await writeFile(join(repository, 'mark'), '');
    const untouched = createExec({PATH: '/nonexistent'}); // No git could run.
    expect(await writeSampleRepository(join(scratch, 'cache', 'sample'), {exec: untouched})).toBe(repository);
    expect(await readdir(repository)).toContain('mark');
  });

  test('is written by several at once without harm and without remains', async () => {
    const folder = join(scratch, 'together');
    const paths = await Promise.all([1, 2, 3, 4].map(() => writeSampleRepository(folder, {exec})));
    expect(new Set(paths).size).toBe(1);
    expect(await readdir(folder)).toEqual([basename(repository)]);
    expect(await listRefs(paths[0]!)).toBe(await listRefs(repository));
  });

  test('never stands half-written under its name, and old remains of a killed process go', async () => {
    const folder = join(scratch, 'killed');
    await mkdir(join(folder, '.unfinished-old'), {recursive: true});
    await mkdir(join(folder, '.unfinished-young'));
    await utimes(join(folder, '.unfinished-old'), 0, 0);
    const failing = (async (argv, options) => {
      if (argv.includes('fast-import')) throw new Error('killed');
      return exec(argv, options);
    }) satisfies typeof exec;
    await expect(writeSampleRepository(folder, {exec: failing})).rejects.toThrow('killed');
    expect(await readdir(folder)).toEqual(['.unfinished-young']);
  });

  test('can be fetched at depth 1, as a build does', async () => {
    const copy = join(scratch, 'depth');
    await exec([
      'git',
      'clone',
      '-q',
      '--depth',
      '1',
      '-b',
      'spark2-2.4.0-cloudera2',
      `file://${repository}`,
      copy,
    ]);
    const expected = await git(repository, 'rev-parse', 'spark2-2.4.0-cloudera2^{commit}');
    expect(await git(join(copy, '.git'), 'rev-parse', 'HEAD')).toBe(expected);
  });
});

describe.each(tags)('%s', (tag) => {
  test('holds no placeholder, and only scripts are executable', async () => {
    const folder = await checkOut(tag);
    const names = (await readdir(folder, {recursive: true, withFileTypes: true})).filter((entry) =>
      entry.isFile(),
    );
    for (const entry of names) {
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      expect(text, entry.name).not.toMatch(/@[A-Z0-9_]+@/);
    }
    const modes = (await git(repository, 'ls-tree', '-r', tag)).split('\n').map((line) => line.split(/\s+/));
    const executable = modes.filter(([mode]) => mode === '100755').map((row) => row[3]!);
    expect(executable).toEqual(
      expect.arrayContaining([scriptOf(tag), 'bin/spark-sql', 'sbin/start-thriftserver.sh']),
    );
    for (const script of executable) {
      expect(await exec(['bash', '-n', join(folder, script)])).toMatchObject({exitCode: 0, stderr: ''});
    }
  });

  test('has its script where the real tag has it, with or without the block', async () => {
    const script = await git(repository, 'show', `${tag}:${scriptOf(tag)}`);
    const lines = script.split('\n');
    const start = lines.indexOf('# CDH: remove scripts for which the actual code is not included.');
    if (tag.startsWith('cdh5.4')) {
      expect(start).toBe(-1);
      expect(script).not.toContain('rm "$DISTDIR/');
      return;
    }
    expect(lines.slice(start + 1, start + 7)).toEqual([
      'rm "$DISTDIR/bin/spark-sql"',
      'rm "$DISTDIR/bin/beeline"',
      'rm "$DISTDIR/bin/sparkR"',
      'rm "$DISTDIR/sbin/start-thriftserver.sh"',
      'rm "$DISTDIR/sbin/stop-thriftserver.sh"',
      '',
    ]);
    const files = (await git(repository, 'ls-tree', '-r', '--name-only', tag)).split('\n');
    for (const [, target] of script.matchAll(/^rm "\$DISTDIR\/(.*)"$/gm)) expect(files).toContain(target);
  });

  test('names the version of its tag and has no parent of Cloudera', async () => {
    const pom = await git(repository, 'show', `${tag}:pom.xml`);
    const version = /<version>(.*?)<\/version>/.exec(pom)?.[1];
    const cdh = /^cdh(.*)-release$/.exec(tag)?.[1];
    expect(version).toMatch(
      cdh === undefined ? /^2\.4\.0\.cloudera2$/ : new RegExp(`^\\d\\.\\d\\.0-cdh${cdh}$`),
    );
    expect(pom).not.toContain('<parent>');
    expect(pom.includes('<id>sparkr</id>')).toBe(!tag.startsWith('cdh5.4'));
    expect(pom).toContain('<id>hive-thriftserver</id>');
    expect(pom).not.toContain('<id>hive</id>');
    expect(await git(repository, 'show', `${tag}:assembly/pom.xml`)).toContain('<id>hive</id>');
  });
});
