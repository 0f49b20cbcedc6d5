// A tiny source of our own with the interface that the tool reads, and the tools to put it into a repository.
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {onTestFinished} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {createExec} from '../../src/core/exec.ts';
import {planPaths} from '../../src/core/paths.ts';

export const block = [
  '# CDH: remove scripts that we have no code for.',
  'rm "$DISTDIR/bin/spark-sql"',
  'rm "$DISTDIR/bin/beeline"',
  'rm "$DISTDIR/bin/sparkR"',
  'rm "$DISTDIR/sbin/start-thriftserver.sh"',
  'rm "$DISTDIR/sbin/stop-thriftserver.sh"',
];

export const script = ['#!/bin/bash', 'set -e', 'DISTDIR=dist', '', ...block, '', 'echo done', ''].join('\n');

export const rootPom = `<project>
  <artifactId>spark-parent_2.10</artifactId>
  <version>1.6.0</version>
  <modules><module>core</module></modules>
  <profiles>
    <profile><id>hive-thriftserver</id><modules><module>sql/hive-thriftserver</module></modules></profile>
    <profile><id>sparkr</id></profile>
  </profiles>
</project>
`;

export const sparkFiles: Readonly<Record<string, string>> = {
  'pom.xml': rootPom,
  'core/pom.xml': '<project><artifactId>spark-core_2.10</artifactId></project>',
  'sql/hive-thriftserver/pom.xml': '<project><artifactId>spark-hive-thriftserver_2.10</artifactId></project>',
  'R/install-dev.sh': '#!/bin/bash\n',
  'bin/sparkR': '#!/bin/bash\n',
  'make-distribution.sh': script,
};

const env: Record<string, string | undefined> = {PATH: process.env.PATH, HOME: '/nonexistent'};

/** The tool makes no commit, so none of its gits is told who does. */
const author = {
  GIT_AUTHOR_NAME: 'A Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.invalid',
  GIT_COMMITTER_NAME: 'A Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.invalid',
};

/** A folder that goes when the test is over. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-test-'));
  onTestFinished(() => rm(folder, {recursive: true, force: true}));
  return folder;
}

export function makeTools(folder: string, extra: Record<string, string | undefined> = {}) {
  const xdg = {XDG_CACHE_HOME: join(folder, 'cache'), XDG_STATE_HOME: join(folder, 'state')};
  const exec = createExec({...env, ...extra});
  return {exec, clock: systemClock, paths: planPaths(xdg, folder)};
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), text);
  }
}

/** A repository with one commit, a lightweight tag `v1`, an annotated tag `v2` and the branch `main`. */
export async function makeRepository(folder: string, files = sparkFiles) {
  const exec = createExec(env);
  await mkdir(folder, {recursive: true});
  const git = async (...args: string[]): Promise<string> =>
    (await exec(['git', '-C', folder, ...args], {env: author})).stdout.trim();
  const commit = async (changes: Readonly<Record<string, string>>): Promise<string> => {
    await writeFiles(folder, changes);
    await git('add', '-A');
    await git('commit', '-q', '-m', 'A change');
    return git('rev-parse', 'HEAD');
  };
  await git('init', '-q', '-b', 'main', '--template=');
  const first = await commit(files);
  await git('tag', 'v1');
  await git('tag', '-a', '-m', 'Second', 'v2');
  return {folder, git, commit, first};
}
