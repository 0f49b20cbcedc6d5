// The shell and Ruby that Vagrant runs: syntax, shellcheck, and the refusals that need neither network nor root.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test, vi} from 'vitest';

vi.setConfig({testTimeout: 60_000}); // shellcheck takes seconds on a busy host

const vagrant = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../vagrant');
const run = (command: string, ...args: readonly string[]) => {
  const {status, stdout, stderr, error} = spawnSync(command, args, {encoding: 'utf8', cwd: vagrant});
  if (error) throw error;
  return {status, output: stdout + stderr};
};

test('the Vagrantfile is Ruby', () => {
  expect(run('ruby', '-c', 'Vagrantfile')).toEqual({status: 0, output: 'Syntax OK\n'});
});

test.each(['bootstrap.sh', 'layers.sh', 'layers-machine.sh', 'boxes/debian.sh'])('%s passes shellcheck', (script) => {
  expect(run('shellcheck', script)).toEqual({status: 0, output: ''});
});

test.each([
  [['--output'], '--output needs a value'],
  [['--output', '/tmp/x'], '--output and --cache are needed'],
  [['--output', '/tmp/x', '--cache', '/tmp/x', '--mirror', 'ftp://x/'], 'not an http or https address: ftp://x'],
  [['--suite', 'sid'], 'unknown argument: --suite'],
])('debian.sh %j: exit 2 and a hint', (args, message) => {
  const {status, output} = run('bash', 'boxes/debian.sh', ...args);
  expect(status).toBe(2);
  expect(output).toContain(`error: ${message}`);
  expect(output).toContain('\nhint: ');
});

test('debian.sh says so when the archive does not answer, and leaves nothing behind', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'box-'));
  const {status, output} = run(
    'bash',
    'boxes/debian.sh',
    ...['--output', directory, '--cache', directory, '--mirror', 'http://127.0.0.1:9/debian'],
  );
  expect(status).toBe(4);
  expect(output).toMatch(/error: .+\nhint: /);
  expect(run('find', directory, '-name', '.debian-box.*').output).toBe('');
  rmSync(directory, {recursive: true});
});
