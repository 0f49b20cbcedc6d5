// The scripts in their own shells. What may not be installed here is skipped, and said.
import {spawnSync, type SpawnSyncReturns} from 'node:child_process';
import {chmod, mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {renderScript} from '../../src/cli/completion-scripts.ts';
import {planWords} from '../../src/cli/completion.ts';

type Shell = 'bash' | 'zsh' | 'fish';

let folder = '';

/** In place of the tool: a word that nobody else gives, and what it was asked. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
  await mkdir(join(folder, 'bin'));
  const tool = join(folder, 'bin/build-spark');
  await writeFile(tool, `#!/bin/sh\nprintf '<%s>' "$@" >"${folder}/asked"\necho asked-word\n`);
  await chmod(tool, 0o755);
});

const quote = (word: string): string => `'${word}'`;

/** A program that completes the last of the words, and prints what was offered, one a line; \`files\` for any file. */
const programs: Readonly<Record<Shell, (script: string, words: readonly string[]) => string>> = {
  bash: (script, words) => `${script}
COMP_WORDS=(${words.map(quote).join(' ')}) COMP_CWORD=${words.length - 1}; _build_spark
printf '%s\\n' "\${COMPREPLY[@]:-files}"`,
  zsh: (script, words) => `compdef() { :; }; _files() { print files; }
compadd() { shift; for one; do [[ $one == \${words[CURRENT]}* ]] && print -r -- $one; done; }
${script}
words=(${words.map(quote).join(' ')}) CURRENT=${words.length}; _build_spark`,
  fish: (script, words) => `${script}
complete -C '${words.join(' ')}' | string split -f1 \\t`,
};

function complete(shell: Shell, line: string): SpawnSyncReturns<string> {
  const program = programs[shell](renderScript(shell, planWords()), line.split(' '));
  const options = shell === 'zsh' ? ['-f'] : [];
  return spawnSync(shell, [...options, '-c', program], {
    cwd: join(folder, 'bin'),
    env: {...process.env, HOME: folder, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}`},
    encoding: 'utf8',
  });
}

const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  test.skipIf(!isThere(shell)).each<[string, readonly string[]]>([
    ['build-spark pl', ['plan']],
    ['build-spark --newest', ['--newest-of']],
    ['build-spark --newest-of ', ['minor', 'major']],
    ['build-spark plan --cdh 5.7.0 --provider lx', ['lxc']],
    ['build-spark --with sparkr', ['sparkr']],
    ['build-spark cache pr', ['prune']],
    ['build-spark logs --fo', ['--follow']],
    ['build-spark install --layout o', ['overlay']],
    ['build-spark box ', ['ls', 'build', 'prune']],
    ['build-spark --cdh a', ['asked-word']],
    ['build-spark releases --spark2 a', ['asked-word']],
    ['build-spark logs a', ['asked-word']],
  ])('%s', (line, expected) => {
    const {stdout, stderr} = complete(shell, line);
    expect(stderr).toBe('');
    const offered = stdout.split('\n').filter((one) => one !== '');
    // fish offers the files of this folder besides, and in its own order.
    expect(offered.filter((one) => one !== 'build-spark').sort()).toEqual([...expected].sort());
  });

  test.skipIf(!isThere(shell))('where a file may stand, files are offered', () => {
    const {stdout, stderr} = complete(shell, 'build-spark --patch ');
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(shell === 'fish' ? 'build-spark' : 'files');
  });
});
