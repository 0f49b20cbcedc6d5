import {writeFile, symlink, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {explainFileError} from '../../src/core/file-errors.ts';
import {HostError} from '../../src/core/errors.ts';
import {planPaths} from '../../src/core/paths.ts';
import {makeFolder} from './fixtures.ts';

const paths = planPaths({XDG_CACHE_HOME: '/c'}, '/home/me');
const answer = (code: string, path?: string, syscall = 'open'): Error =>
  Object.assign(new Error(code), {code, syscall, ...(path === undefined ? {} : {path})});

test.each([
  ['EROFS', `${paths.state}/journal`, /^The state folder .*read-only/, 'XDG_STATE_HOME='],
  ['EACCES', '/c/build-spark/git', /^The cache folder .*may not/, 'XDG_CACHE_HOME='],
  ['ENOTDIR', '/c', /^The cache folder .*not a folder/, 'XDG_CACHE_HOME='],
  ['EEXIST', '/home/me/.vagrant.d/x', /^Vagrant's home .*has its name/, 'VAGRANT_HOME='],
  ['ENOSPC', undefined, /disk is full/, 'See to it'],
  ['EDQUOT', '/elsewhere/file', /^\/elsewhere\/file cannot be used: the quota/, 'See to it'],
  ['EMFILE', undefined, /too many files/, 'See to it'],
])('%s of %s', (code, path, message, hint) => {
  const error = explainFileError(answer(code, path), paths);
  expect(error).toBeInstanceOf(HostError);
  expect(error?.message).toMatch(message);
  expect(error?.hint).toContain(hint);
});

test('what may be our own mistake stays one', () => {
  expect(explainFileError(answer('ENOENT', `${paths.state}/journal/x`), paths)).toBeUndefined();
  expect(explainFileError(answer('EACCES', '/elsewhere'), paths)).toBeUndefined();
  expect(explainFileError(new TypeError('x is not a function'), paths)).toBeUndefined();
});

test('real answers: a file in place of a folder, and a link to nowhere', async () => {
  const home = await makeFolder();
  const own = planPaths({}, home);
  await writeFile(join(home, '.cache'), '');
  await symlink(join(home, 'nowhere/deep'), join(home, '.local'));
  const make = (path: string): Promise<unknown> =>
    mkdir(path, {recursive: true}).catch((error: unknown) => error);
  expect(explainFileError(await make(own.git), own)?.hint).toContain('XDG_CACHE_HOME');
  const dangling = explainFileError(await make(own.journal), own);
  expect(dangling?.message).toContain(`The state folder ${own.state} cannot be used`);
});
