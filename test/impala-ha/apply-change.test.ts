// A command with a remedy, such as dnf's install with lists of packages that are out of date.
import {expect, test} from 'vitest';
import {RemoteCommandError} from '../../src/core/ssh-errors.ts';
import {makeChange} from '../../src/impala-ha/apply-change.ts';

const install = {what: 'install HAProxy', argv: ['dnf', 'install'], remedy: ['dnf', 'clean']};

/** A host on which each command fails with what is said for it, as often as it is there. */
function hostWhere(failures: readonly (readonly [command: string, error: string])[], isDryRun = false) {
  const left = [...failures];
  const ran: string[] = [];
  const notes: string[] = [];
  const context = {
    host: {
      run: (argv: readonly string[], {allow}: {readonly allow?: unknown} = {}) => {
        const command = argv.join(' ');
        ran.push(command);
        const index = left.findIndex(([each]) => each === command);
        if (index === -1) return Promise.resolve({exitCode: 0, stdout: '', stderr: ''});
        const [failure] = left.splice(index, 1);
        const result = {exitCode: 1, stdout: '', stderr: failure?.[1] ?? ''};
        return allow === 'any'
          ? Promise.resolve(result)
          : Promise.reject(new RemoteCommandError(argv, result));
      },
    },
    signal: new AbortController().signal,
    isDryRun,
    onNote: (line: string) => notes.push(line),
    state: {changes: [] as string[]},
  };
  return {context, ran, notes};
}

test('what works is run once, without its remedy', async () => {
  const {context, ran} = hostWhere([]);
  await makeChange(context, install);
  expect(ran).toEqual(['dnf install']);
  expect(context.state.changes).toEqual(['install HAProxy']);
});

test('what fails is run once more after its remedy, and both are shown', async () => {
  const {context, ran, notes} = hostWhere([['dnf install', 'no such file']]);
  await makeChange(context, install);
  expect(ran).toEqual(['dnf install', 'dnf clean', 'dnf install']);
  expect(notes).toEqual([
    'runs: dnf install',
    'that failed, so once more after: dnf clean',
    'runs: dnf install',
  ]);
  expect(context.state.changes).toEqual(['install HAProxy']);
});

test('what fails again says why, also where the remedy fails too; nothing counts as changed', async () => {
  const {context, ran} = hostWhere([
    ['dnf install', 'first'],
    ['dnf clean', 'no such command'],
    ['dnf install', 'Unable to find a match: haproxy'],
  ]);
  await expect(makeChange(context, install)).rejects.toThrow('Unable to find a match: haproxy');
  expect(ran).toHaveLength(3);
  expect(context.state.changes).toEqual([]);
});

test('without a remedy it fails at once', async () => {
  const {context, ran} = hostWhere([['setsebool', 'no']]);
  await expect(makeChange(context, {what: 'allow', argv: ['setsebool']})).rejects.toThrow(RemoteCommandError);
  expect(ran).toEqual(['setsebool']);
});

test('a dry run runs nothing', async () => {
  const {context, ran, notes} = hostWhere([], true);
  await makeChange(context, install);
  expect(ran).toEqual([]);
  expect(notes).toEqual(['would run: dnf install']);
});
