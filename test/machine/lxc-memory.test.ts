// What LXC says of a machine's memory, on either version of control groups.
import {expect, test} from 'vitest';
import type {Argv, Exec} from '../../src/core/exec.ts';
import {readLxcMemory} from '../../src/machine/lxc-memory.ts';

/** An `lxc-cgroup` that knows these keys; others fail as LXC's does. */
function makeTools(known: Readonly<Record<string, string>>) {
  const exec: Exec = (argv) => {
    const stdout = known[argv.at(-1) ?? ''];
    return Promise.resolve({exitCode: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: ''});
  };
  return {exec, asRoot: (argv: Argv): Argv => argv};
}

test('version 1', async () => {
  const tools = makeTools({
    'memory.max_usage_in_bytes': '3733180416',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2',
  });
  expect(await readLxcMemory('m', tools)).toEqual({peakBytes: 3733180416, oomKills: 2});
});

test('version 2', async () => {
  const tools = makeTools({
    'memory.peak': '1024\n',
    'memory.events': 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n',
  });
  expect(await readLxcMemory('m', tools)).toEqual({peakBytes: 1024, oomKills: 1});
});

test('a machine that does not run: nothing is known', async () => {
  expect(await readLxcMemory('m', makeTools({}))).toEqual({});
});
