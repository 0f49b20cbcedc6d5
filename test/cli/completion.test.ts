import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {findCandidates} from '../../src/cli/completion.ts';
import {run} from '../../src/cli/commands/completion.ts';
import type {Terminal} from '../../src/core/terminal.ts';

const known = {
  cdh: () => Promise.resolve(['5.7.0', '5.8.0']),
  spark2: () => Promise.resolve(['2.4.0-cloudera2']),
  buildIds: () => Promise.resolve(['cdh5.7.0-nodeps']),
};

test.each<[string, readonly string[]]>([
  ['pl', ['plan']],
  ['--newest', ['--newest-of']],
  ['--newest-of ', ['minor', 'major']],
  ['build --cdh 5.7', ['5.7.0']],
  ['--spark2 2', ['2.4.0-cloudera2']],
  ['plan --provider lx', ['lxc']],
  ['logs ', ['cdh5.7.0-nodeps']],
  ['logs --fo', ['--follow']],
  ['cache pr', ['prune']],
  ['install --lay', ['--layout']],
  ['install --layout o', ['overlay']],
  ['verify dist', []],
  ['--patch ', []],
])('%j', async (typed, expected) => {
  expect(await findCandidates(typed.split(' '), known)).toEqual(expected);
});

test('bash takes what the tool answers, by the words up to the cursor', async () => {
  let script = '';
  await run({stdout: {write: (text: string) => (script += text)}} as unknown as Terminal, {}, 'bash');
  const scene = `build-spark() { printf '%s\\n' "$@" >&2; printf 'a b\\nc\\n'; }
eval "$(sed 's/ 2>.dev.null//' <<<"$SCRIPT")"
COMP_WORDS=(build-spark logs '' more) COMP_CWORD=2; _build_spark; printf '<%s>' "\${COMPREPLY[@]}"`;
  const {stdout, stderr} = spawnSync('bash', ['-c', scene], {
    env: {...process.env, SCRIPT: script},
    encoding: 'utf8',
  });
  expect(stdout).toBe('<a b><c>');
  expect(stderr).toBe('complete\n--\nlogs\n\n');
});

test('another shell is refused', () => {
  expect(() => run({} as Terminal, {}, 'tcsh')).toThrow('There is no completion for "tcsh"');
});
