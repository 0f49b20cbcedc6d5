// Makes a fork of the built-in sample whose script plants something in the dist at its end, for the tests of real machines.
import {execFileSync} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createExec} from '../../src/core/exec.ts';
import {writeSampleRepository} from '../../src/source/sample-repository.ts';

const tag = 'cdh5.7.0-release';

/**
 * @param folder Empty; the fork and the sample's repository are made in it.
 * @param attack Shell, run in the dist when it is whole, by the user of the guest, who may use sudo.
 * @returns Path of a repository for `--source`; its tag of 5.7.0 is the fork.
 */
export async function makeHostileFork(folder: string, attack: string): Promise<string> {
  const sample = await writeSampleRepository(folder, {exec: createExec(process.env)});
  const fork = join(folder, 'fork');
  const git = (...argv: readonly string[]): Buffer =>
    execFileSync(
      'git',
      ['-c', 'advice.detachedHead=false', '-c', 'user.name=M', '-c', 'user.email=m@example.org', ...argv],
      {
        env: {...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1'},
      },
    );
  git('clone', '--quiet', '--branch', tag, sample, fork);
  const script = join(fork, 'make-distribution.sh');
  await writeFile(script, `${await readFile(script, 'utf8')}\ncd "$DISTDIR"\n${attack}\n`);
  git('-C', fork, 'commit', '--quiet', '--all', '--message', 'Attack');
  git('-C', fork, 'tag', '--force', tag);
  return fork;
}
