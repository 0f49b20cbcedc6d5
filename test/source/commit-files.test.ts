// Files of one commit, byte for byte, with few calls of git.
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {Argv} from '../../src/core/exec.ts';
import {openCommit} from '../../src/source/commit-files.ts';
import {createGit} from '../../src/source/git.ts';
import {makeFolder, makeRepository, makeTools} from './fixtures.ts';

const files = {
  'pom.xml': '<project/>\n',
  'a name/with "quotes"/pom.xml': '<project>\n\n</project>',
  'empty/pom.xml': '',
  'blank/pom.xml': '\n\n',
  'odd/pom.xml': '\u00e4 0123456789abcdef blob 5\n\u{1f600}\n',
  'not-a-pom.xml': 'x\n',
  'make-distribution.sh': '#!/bin/bash\n',
  'bin/sparkR': 'echo R\n\n',
};

async function setUp() {
  const folder = await makeFolder();
  const repository = await makeRepository(join(folder, 'source'), files);
  const {exec} = makeTools(folder);
  const calls: Argv[] = [];
  const git = createGit(
    (argv, options) => {
      calls.push(argv);
      return exec(argv, options);
    },
    repository.folder,
    {isBare: false},
  );
  return {calls, opened: await openCommit(git, repository.first)};
}

test('all poms, the script and what SparkR needs come as they are, with two calls of git', async () => {
  const {opened, calls} = await setUp();
  const {'not-a-pom.xml': other, 'make-distribution.sh': script, 'bin/sparkR': sparkR, ...poms} = files;
  expect(Object.fromEntries(opened.poms)).toEqual(poms);
  expect(await opened.read('make-distribution.sh')).toBe(script);
  expect(await opened.read('no/such')).toBeUndefined();
  expect(await opened.read('bin/sparkR')).toBe(sparkR);
  expect(calls).toHaveLength(2);
  expect(await opened.read('not-a-pom.xml')).toBe(other);
});

test('a file that goes by the name of another object is not taken for it', async () => {
  const {opened} = await setUp();
  expect(await opened.read('bin')).toBeUndefined();
  expect(await opened.read('../source/pom.xml')).toBeUndefined();
});
