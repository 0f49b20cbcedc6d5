import {execFileSync} from 'node:child_process';
import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {redactFiles} from '../../src/core/redact-files.ts';
import {createRedactor} from '../../src/core/redact.ts';
import {makeFolder} from './fixtures.ts';

test('secrets go out of every file, other bytes stay, and no link or pipe is opened', async () => {
  const folder = await makeFolder();
  const outside = join(await makeFolder(), 'mine');
  await writeFile(outside, 's3cret');
  await mkdir(join(folder, 'a'));
  await writeFile(join(folder, 'a/log'), 'größe\npassword s3cret\n');
  const binary = Buffer.from([0, 255, 10, 254]);
  await writeFile(join(folder, 'core'), binary);
  await symlink(outside, join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await redactFiles(folder, createRedactor(['s3cret']));
  expect(await readFile(join(folder, 'a/log'), 'utf8')).toBe('größe\npassword ***\n');
  expect(await readFile(join(folder, 'core'))).toEqual(binary);
  expect(await readFile(outside, 'utf8')).toBe('s3cret');
});
