// The shell and Ruby that Vagrant runs: syntax, shellcheck, and the refusals that need neither network nor root.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
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

test.each(['bootstrap.sh', 'layers.sh', 'layers-machine.sh', 'private-paths.sh', 'boxes/debian.sh', 'boxes/debian-disk.sh'])('%s passes shellcheck', (script) => {
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

test('what is sent to a guest to be copied passes shellcheck as one', () => {
  const files = ['private-paths.sh', 'golden-guest.sh'];
  const text = files.map((file) => readFileSync(path.join(vagrant, file), 'utf8')).join('');
  const {status, stdout} = spawnSync('shellcheck', ['-'], {input: text, encoding: 'utf8'});
  expect({status, stdout}).toEqual({status: 0, stdout: ''});
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

test.each([
  [['--provider'], '--provider needs a value'],
  [['--provider', 'libvirt'], '--from, --output and --cache are needed'],
  [['--provider', 'lxc', '--from', '/x', '--output', '/tmp/x', '--cache', '/tmp/x'], 'not a provider with a disk: lxc'],
  [['--provider', 'libvirt', '--from', '/none', '--output', '/tmp/x', '--cache', '/tmp/x'], 'cannot read /none'],
])('debian-disk.sh %j: exit 2 and a hint', (args, message) => {
  const {status, output} = run('bash', 'boxes/debian-disk.sh', ...args);
  expect(status).toBe(2);
  expect(output).toContain(`error: ${message}`);
  expect(output).toContain('\nhint: ');
});

test('the machine of VirtualBox is well-formed XML, whose references lead somewhere', () => {
  const ovf = readFileSync(path.join(vagrant, 'boxes/virtualbox.ovf'), 'utf8');
  const {status, output} = run('ruby', '-rrexml/document', '-e', 'REXML::Document.new(File.read(ARGV[0]))', 'boxes/virtualbox.ovf');
  expect({status, output}).toEqual({status: 0, output: ''});
  const ids = [...ovf.matchAll(/<rasd:InstanceID>(\d+)</g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, parent] of ovf.matchAll(/<rasd:Parent>(\d+)</g)) expect(ids).toContain(parent);
  const [, disk] = /HostResource>\/disk\/(\w+)</.exec(ovf) ?? [];
  expect(ovf).toContain(`ovf:diskId="${disk}"`);
  const [, file] = /ovf:fileRef="(\w+)"/.exec(ovf) ?? [];
  expect(ovf).toContain(`ovf:id="${file}"`);
  const [, network] = /<rasd:Connection>(\w+)</.exec(ovf) ?? [];
  expect(ovf).toContain(`ovf:name="${network}"`);
  // What a schema of OVF fixes: the elements of an item are in the order of their names.
  for (const [item] of ovf.matchAll(/<Item>[\s\S]*?<\/Item>/g)) {
    const names = [...item.matchAll(/<rasd:(\w+)>/g)].map(([, name]) => name);
    expect(names).toEqual([...names].sort());
  }
});
