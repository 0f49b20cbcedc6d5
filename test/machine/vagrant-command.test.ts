// Where Vagrant is sent, and that nothing of the operator's leads it elsewhere.
import {mkdir, readFile, readlink, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {createExec, type CommandOptions, type Exec} from '../../src/core/exec.ts';
import {planPaths} from '../../src/core/paths.ts';
import {isOwnFolder} from '../../src/machine/folder.ts';
import {createVagrantMachine} from '../../src/machine/vagrant.ts';
import {openVagrantHome, runVagrant} from '../../src/machine/vagrant-command.ts';
import {createTestClock, makeFolder} from '../core/fixtures.ts';

let folder: string;
let home: string;
beforeEach(async () => {
  folder = await makeFolder();
  home = join(folder, '.vagrant.d');
  await mkdir(home);
});

describe('a call', () => {
  /** A `vagrant` that prints its folder, its arguments and its own variables. */
  async function callIn(
    machine: string | undefined,
    args: readonly string[],
    env: Record<string, string> = {},
  ) {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const script = '#!/bin/sh\npwd\necho "$*"\nenv | grep ^VAGRANT | sort\n';
    await writeFile(join(bin, 'vagrant'), script, {mode: 0o755});
    const exec = createExec({PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: folder, ...env});
    const {stdout} = await runVagrant({exec, paths: planPaths(env, folder)}, machine, args);
    return stdout.split('\n');
  }
  const hostile = {
    VAGRANT_CWD: '/theirs',
    VAGRANT_VAGRANTFILE: 'Theirs',
    VAGRANT_DOTFILE_PATH: '/theirs/dot',
  };

  test("of a machine goes to the machine's folder, whatever the operator has set", async () => {
    expect(await callIn(folder, ['up', 'm'], hostile)).toEqual([
      folder,
      'up m --no-tty --no-color',
      'VAGRANT_ALIAS_FILE=/dev/null',
      'VAGRANT_CHECKPOINT_DISABLE=1',
      `VAGRANT_CWD=${folder}`,
      `VAGRANT_DOTFILE_PATH=${folder}/.vagrant`,
      `VAGRANT_HOME=${home}`,
      'VAGRANT_VAGRANTFILE=Vagrantfile',
    ]);
  });

  test('of no machine finds no project, not even in a folder above', async () => {
    const lines = await callIn(undefined, ['box', 'add'], hostile);
    expect(lines).toContain('VAGRANT_CWD=/');
    expect(lines).toContain('VAGRANT_VAGRANTFILE=no-project');
    expect(lines.join()).not.toContain('theirs');
  });

  test('that is to be read by us is not told to be pretty', async () => {
    expect((await callIn(folder, ['status', '--machine-readable', 'm']))[1]).toBe(
      'status --machine-readable m',
    );
  });
});

test.each([
  ['/v', '/v'],
  ['~/v', '/home/op/v'],
  ['', '/home/op/.vagrant.d'],
  ['v', join(process.cwd(), 'v')],
])('VAGRANT_HOME=%s is %s', (value, expected) => {
  expect(planPaths({VAGRANT_HOME: value}, '/home/op').vagrantHome).toBe(expected);
});

describe('the home', () => {
  const open = () => openVagrantHome(planPaths({}, folder));

  test("is the operator's own, when it holds no Vagrantfile", async () => {
    expect(await open()).toBe(home);
    await rm(home, {recursive: true});
    expect(await open()).toBe(home);
  });

  test.each(['Vagrantfile', 'vagrantfile'])('has all of it but the %s', async (name) => {
    await mkdir(join(home, 'boxes'));
    await writeFile(join(home, 'plugins.json'), '{}');
    await writeFile(join(home, name), 'raise "loaded"');
    const [ours] = await Promise.all([open(), open(), open()]);
    expect(ours).not.toBe(home);
    await expect(stat(join(ours, name))).rejects.toThrow('ENOENT');
    for (const entry of ['boxes', 'plugins.json', 'data', 'gems', 'tmp', 'rgloader'])
      expect(await readlink(join(ours, entry))).toBe(join(home, entry));
    expect((await stat(join(ours, 'tmp'))).isDirectory()).toBe(true);
    expect(await readFile(join(home, name), 'utf8')).toBe('raise "loaded"');
  });

  test('follows what comes and goes there', async () => {
    await writeFile(join(home, 'Vagrantfile'), '');
    await writeFile(join(home, 'old'), '');
    const ours = await open();
    await writeFile(join(ours, 'plugins.json'), 'written by Vagrant');
    await symlink('/nowhere', join(ours, 'Vagrantfile'));
    await rm(join(home, 'old'));
    await writeFile(join(home, 'plugins.json'), 'theirs');
    await open();
    expect(await readFile(join(ours, 'plugins.json'), 'utf8')).toBe('theirs');
    for (const name of ['old', 'Vagrantfile'])
      await expect(readlink(join(ours, name))).rejects.toThrow('ENOENT');
  });
});

describe('destroying', () => {
  const id = 'build-spark-cdh5.7.0-1a2b';
  const spec = {
    id,
    buildId: 'cdh5.7.0',
    provider: 'virtualbox',
    box: {name: ''},
    memoryMib: 0,
    cpus: 0,
    bootTimeoutMs: 0,
  } as const;

  /** @returns The calls of vagrant that destroying a machine made, with the folder of each. */
  async function destroy(machine: string) {
    const calls: string[] = [];
    const exec: Exec = (argv, options: CommandOptions = {}) => {
      if (argv[0] === 'vagrant') calls.push(`${argv.slice(1, -2).join(' ')} in ${options.cwd ?? ''}`);
      return Promise.resolve({exitCode: 0, stdout: '', stderr: ''});
    };
    const provider = {
      name: 'virtualbox' as const,
      readState: () => Promise.resolve('absent' as const),
      destroy: () => Promise.resolve(),
    };
    const clock = createTestClock();
    const tools = {exec, asRoot: (argv: Parameters<Exec>[0]) => argv, clock, cgroup: 'v1' as const};
    const paths = planPaths({}, folder);
    const made = createVagrantMachine(spec, machine, provider, {...tools, paths});
    await made.destroy({signal: new AbortController().signal});
    return calls;
  }

  test('names the machine, so that a Vagrantfile that is not ours has none of that name', async () => {
    const machine = join(folder, 'm');
    await mkdir(machine);
    await writeFile(join(machine, 'Vagrantfile'), '');
    await writeFile(join(machine, 'machine.json'), JSON.stringify({id}));
    expect(await destroy(machine)).toEqual([`destroy --force ${id} in ${machine}`]);
  });

  test.each([
    ['a folder without machine.json', {Vagrantfile: ''}],
    ['a folder of another machine', {Vagrantfile: '', 'machine.json': '{"id":"other"}'}],
    ['a folder without a Vagrantfile', {'machine.json': JSON.stringify({id})}],
    ['a damaged machine.json', {Vagrantfile: '', 'machine.json': 'null'}],
  ])('calls Vagrant for nothing in %s', async (_name, files) => {
    const machine = join(folder, 'm');
    await mkdir(machine);
    for (const [name, text] of Object.entries(files)) await writeFile(join(machine, name), text);
    expect(await isOwnFolder(machine, id)).toBe(false);
    expect(await destroy(machine)).toEqual([]);
  });
});
