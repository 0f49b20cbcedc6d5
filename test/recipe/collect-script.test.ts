// What the guest offers to the cache: only what came from a repository, with that repository's checksum, and is new.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';

let home = '';
const sum = 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'collect-'));
  await write('sent', 'g/sent/1/sent-1.jar\n');
  await write('local-only', 'org/apache/spark\n');
});

afterEach(async () => {
  await rm(home, {recursive: true, force: true});
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(home, path)), {recursive: true});
  await writeFile(join(home, path), text);
}

async function put(path: string, repository: string, checksum?: string): Promise<void> {
  const file = `.m2/repository/${path}`;
  await write(file, 'test');
  await write(
    `${dirname(file)}/_remote.repositories`,
    `#NOTE: internal\n${path.split('/').at(-1) ?? ''}>${repository}=\n`,
  );
  if (checksum !== undefined) await write(`${file}.sha1`, checksum);
}

const collect = (): readonly string[] => {
  const script = join(projectRoot, 'data/guest/collect.sh');
  const argv = [script, join(home, 'sent'), join(home, 'local-only'), join(home, 'fresh')];
  const {status, stdout, stderr} = spawnSync('bash', argv, {
    env: {HOME: home, PATH: '/usr/bin:/bin'},
    encoding: 'utf8',
  });
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  return stdout.split('\n').filter((line) => line !== '');
};

test('offers what was fetched with a checksum and not sent before', async () => {
  await put('g/new/1/new-1.jar', 'central', `${sum.toUpperCase()}  new-1.jar\n`);
  await put('g/sent/1/sent-1.jar', 'central', sum);
  await put('g/installed/1/installed-1.jar', '', sum);
  await put('g/unsummed/1/unsummed-1.jar', 'central');
  await put('g/odd/1/odd-1.jar', 'central', '<html>');
  await put('g/s/1-SNAPSHOT/s-1-SNAPSHOT.jar', 'central', sum);
  await put('g/linked/1/linked-1.jar', 'central', sum);
  await rm(join(home, '.m2/repository/g/linked/1/linked-1.jar'));
  await symlink('/etc/passwd', join(home, '.m2/repository/g/linked/1/linked-1.jar'));
  await put('org/apache/spark/core/1/core-1.jar', 'central', sum);
  expect(collect()).toEqual([`${sum}\tcentral\tg/new/1/new-1.jar`]);
  expect(existsSync(join(home, 'fresh/g/new/1/new-1.jar'))).toBe(true);
  expect(collect()).toHaveLength(1); // What an earlier call put there is no hindrance.
});

test('is content with no repository at all', () => {
  expect(collect()).toEqual([]);
});
