// What copyFiles brings, from a folder of this host.
import {mkdir, readdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {createExec} from '../../src/core/exec.ts';
import {copyFiles} from '../../src/distribution/rsync.ts';
import {makeFolder} from './fake-dist.ts';

test('regular files of these names come; links, folders, others and larger ones do not', async () => {
  const [from, to] = [await makeFolder(), await makeFolder()];
  for (const [name, text] of [
    ['a', 'aaaa'],
    ['b', 'bbbbb'],
    ['other', ''],
  ] as const)
    await writeFile(join(from, name), text);
  await symlink('/etc/passwd', join(from, 'c'));
  await mkdir(join(from, 'd'));
  const tools = {exec: createExec(process.env), clock: systemClock, signal: new AbortController().signal};
  await copyFiles(tools, {path: from}, to, ['a', 'b', 'c', 'd', 'gone'], 4);
  expect((await readdir(to)).toSorted()).toEqual(['a', 'd']); // A folder comes empty.
  expect(await readdir(join(to, 'd'))).toEqual([]);
});
