// vagrant/layers.sh on real files and real mounts, below a folder of the test; no container is made.
import {spawn, spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {link, mkdir, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {getuid} from 'node:process';
import {beforeEach, describe, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {makeFolder} from '../core/fixtures.ts';

const script = join(projectRoot, 'vagrant/layers.sh');
const id = 'build-spark-x-aaaaaa';
const base = `base-${'0'.repeat(16)}`;
const golden = `golden-${'1'.repeat(16)}`;
const privateFiles = {
  'tmp/build-spark-ca/company.crt': 'PEM',
  'tmp/vagrant-puppet/environments/build/data/machine.json': '{}',
  'etc/ssh/ssh_host_ed25519_key': 'private',
  'etc/ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAA machine',
  'etc/machine-id': '0123',
  'etc/hosts': '127.0.1.1 machine',
  'home/vagrant/.m2/settings.xml': 'password',
  'home/vagrant/.bash_history': 'ls',
  'var/log/apt/term.log': 'log',
  'var/cache/apt/archives/r.deb': 'deb',
  'var/lib/apt/lists/list': 'list',
  'var/cache/puppet/client_data/catalog/machine.json': 'password',
  'etc/profile.d/sparkbuilder-proxy.sh': 'password',
  'etc/apt/apt.conf.d/90build-spark-proxy': 'password',
};

let folder: string;
let store: string;
let lxc: string;
let env: NodeJS.ProcessEnv;

const run = (args: readonly string[], input = ''): {readonly status: number | null; readonly output: string} => {
  const {status, stdout, stderr} = spawnSync('bash', [script, ...args], {env, input, encoding: 'utf8'});
  return {status, output: stdout + stderr};
};
const seed = (machine = id, last = '-', home = '-'): ReturnType<typeof run> =>
  run(['seed', machine, base, 'a/b', join(folder, 'rootfs.tar.gz'), last, home], 'ssh-rsa OWN\n');
const write = async (root: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), {recursive: true});
    await writeFile(join(root, name), text);
  }
};
/** Names of the layers, and of what is half-made. */
const stored = async (): Promise<readonly string[]> =>
  (await readdir(store)).filter((name) => !name.endsWith('lock')).sort();

// Overlays and owners need root; elsewhere the machines of test/vm are out of reach, too.
describe.runIf(getuid?.() === 0)('as root', () => {
  beforeEach(async () => {
    folder = await makeFolder();
    store = join(folder, 'cache/layers');
    lxc = join(folder, 'lxc');
    env = {PATH: process.env.PATH, BUILD_SPARK_LAYERS: store, BUILD_SPARK_LXC: lxc};
    await mkdir(lxc);
    await write(join(folder, 'box/rootfs'), {
      'etc/os-release': 'PRETTY_NAME="Debian"\nID=debian\n',
      'home/vagrant/.ssh/authorized_keys': 'ssh-rsa KNOWN-TO-THE-WORLD',
    });
    spawnSync('chmod', ['700', join(folder, 'box/rootfs/home/vagrant/.ssh')]);
    spawnSync('chown', ['-R', '1000:1000', join(folder, 'box/rootfs/home/vagrant')]);
    spawnSync('tar', ['-czf', join(folder, 'rootfs.tar.gz'), '-C', join(folder, 'box'), './rootfs']);
  });

  test('unpacks a box once, and gives each machine a layer with its own key', async () => {
    const {status, output} = seed();
    expect(status, output).toBe(0);
    expect(output).toBe(
      `guest\tdebian\nkey\tseeded\noptions\tvolatile\nrootfs\toverlay:${store}/${base}/rootfs:${lxc}/${id}/delta\n`,
    );
    const keyFile = join(lxc, id, 'delta/home/vagrant/.ssh/authorized_keys');
    expect(await readFile(keyFile, 'utf8')).toBe('ssh-rsa OWN\n');
    const {stdout} = spawnSync('stat', ['-c', '%u %a', keyFile, join(keyFile, '..')], {encoding: 'utf8'});
    expect(stdout).toBe('1000 600\n1000 700\n');
    await rm(join(folder, 'rootfs.tar.gz')); // The second machine needs it no more.
    expect(seed('build-spark-x-bbbbbb').status).toBe(0);
    expect(await stored()).toEqual([base]);
    expect((await readdir(join(lxc, id))).sort()).toEqual(['delta', 'layers']);
  });

  test('a home is moved in as the user’s; what has a second name elsewhere keeps its owner', async () => {
    const home = join(folder, 'staged');
    await write(home, {'spark/pom.xml': 'pom', '.m2/repository/note': 'note', object: 'jar'});
    await link(join(home, 'object'), join(folder, 'in the cache'));
    await symlink('pom.xml', join(home, 'spark/link'));
    const {status, output} = seed(id, '-', home);
    expect(status, output).toBe(0);
    const given = join(lxc, id, 'given');
    expect(output).toContain(`home\tgiven\n`);
    expect(output).toContain(`overlay:${given}:${store}/${base}/rootfs:${lxc}/${id}/delta\n`);
    expect(existsSync(home)).toBe(false);
    const {stdout} = spawnSync('find', ['.', '-printf', '%P %U\n'], {
      cwd: join(given, 'home/vagrant'),
      encoding: 'utf8',
    });
    const owners = new Map(stdout.trimEnd().split('\n').map((line) => line.split(' ') as [string, string]));
    const user = spawnSync('stat', ['-c', '%u', join(store, base, 'rootfs/home/vagrant')], {encoding: 'utf8'});
    for (const path of ['', '.m2', '.m2/repository/note', 'spark', 'spark/pom.xml', 'spark/link'])
      expect(owners.get(path), path).toBe(user.stdout.trim());
    expect(owners.get('object')).toBe('0');
  });

  test('a box whose user has no home there takes none, and the folder stays', async () => {
    await rm(join(folder, 'box/rootfs/home'), {recursive: true});
    spawnSync('tar', ['-czf', join(folder, 'rootfs.tar.gz'), '-C', join(folder, 'box'), './rootfs']);
    const home = join(folder, 'staged');
    await write(home, {'spark/pom.xml': 'pom'});
    const {status, output} = seed(id, '-', home);
    expect(status, output).toBe(0);
    expect(output).not.toContain('home\t');
    expect(await readFile(join(home, 'spark/pom.xml'), 'utf8')).toBe('pom');
  });

  test('a box that cannot be unpacked: none, and nothing is left', async () => {
    await writeFile(join(folder, 'rootfs.tar.gz'), 'no archive');
    expect(seed().output).toContain('none\tthe box could not be unpacked');
    expect(await stored()).toEqual([]);
    expect(await readdir(lxc)).toEqual([]);
  });

  test('a host without overlayfs: none, and no machine is left', async () => {
    const bin = join(folder, 'bin');
    await write(bin, {unshare: '#!/bin/sh\nexit 32\n'});
    spawnSync('chmod', ['755', join(bin, 'unshare')]);
    // The script looks in its own PATH first, as it was given.
    env = {...env, PATH: `${bin}:${process.env.PATH ?? ''}`};
    expect(seed().output).toContain('has no overlayfs');
    expect(await readdir(lxc)).toEqual([]);
  });

  test('two machines at once unpack one base', async () => {
    const start = (machine: string): Promise<number | null> =>
      new Promise((resolve) => {
        const args = [script, 'seed', machine, base, 'a/b', join(folder, 'rootfs.tar.gz'), '-', '-'];
        const child = spawn('bash', args, {env, stdio: ['pipe', 'ignore', 'ignore']});
        child.stdin.end('ssh-rsa OWN\n');
        child.once('close', resolve);
      });
    const machines = ['a', 'b', 'c', 'd'].map((name) => `build-spark-x-${name}`);
    expect(await Promise.all(machines.map(start))).toEqual([0, 0, 0, 0]);
    expect(await stored()).toEqual([base]);
  });

  test('a golden layer holds what provisioning added, and nothing of the machine or its user', async () => {
    seed();
    const delta = join(lxc, id, 'delta');
    await write(delta, {...privateFiles, 'usr/bin/R': 'program', 'etc/sparkbuilder.env': 'MVN=/usr/bin/mvn'});
    spawnSync('mknod', [join(delta, 'etc/deleted'), 'c', '0', '0']); // As overlayfs notes a deleted file.
    expect(run(['pack', id, golden, 'a/b']).output).toMatch(/^packed\t\d+\n$/);
    const packed = join(store, golden, 'rootfs');
    const {stdout} = spawnSync('find', ['.', '!', '-type', 'd'], {cwd: packed, encoding: 'utf8'});
    expect(stdout.trim().split('\n').sort()).toEqual(['./etc/deleted', './etc/sparkbuilder.env', './usr/bin/R']);
    expect(existsSync(join(packed, 'home/vagrant/.ssh'))).toBe(false);
    expect(await readFile(join(delta, 'etc/machine-id'), 'utf8')).toBe('0123'); // The machine itself goes on.

    expect(run(['pack', id, golden, 'a/b']).output).toBe('there\n');
    const {output} = seed('build-spark-x-bbbbbb', golden);
    expect(output).toContain(`golden\t${golden}\n`);
    expect(output).toContain(`overlay:${packed}:${store}/${base}/rootfs:`);
    expect(run(['list']).output).toContain(`\t${base}\t`);
    expect(run(['keys', id]).output).toBe('ssh-ed25519 AAA machine');
  });

  test('a golden layer that would hold a secret is not kept', async () => {
    seed();
    await write(join(lxc, id, 'delta'), {'etc/yum.conf': '[main]\nproxy=http://u:p4ss@proxy:3128\n'});
    const {status, output} = run(['pack', id, golden, 'a/b'], 'http://u:p4ss@proxy:3128');
    expect(status).toBe(1);
    expect(output).toContain('it holds a proxy address');
    expect(output).not.toContain('p4ss');
    expect(await stored()).toEqual([base]);
  });

  test('what a machine wrote is deleted, not what it was given from elsewhere; LXC finds its folder empty', async () => {
    const home = join(folder, 'staged');
    await write(home, {object: 'jar'});
    await link(join(home, 'object'), join(folder, 'in the cache'));
    seed(id, '-', home);
    await write(join(lxc, id, 'delta'), {'home/vagrant/spark/core/target/classes/A.class': 'class', x: ''});
    expect(run(['drop', id])).toEqual({status: 0, output: ''});
    expect((await readdir(join(lxc, id))).sort()).toEqual(['delta', 'layers']);
    expect(await readdir(join(lxc, id, 'delta'))).toEqual([]);
    expect(await stored()).toEqual([base]);
    expect(await readFile(join(folder, 'in the cache'), 'utf8')).toBe('jar');
    expect(run(['drop', 'build-spark-x-none'])).toEqual({status: 0, output: ''});
  });

  test('what a machine uses is not removed; afterwards it is', async () => {
    seed();
    expect(run(['list']).output).toMatch(new RegExp(`^${base}\tbase\ta/b\t\\d+\t-\t\\d+\t${id}\n$`));
    expect(run(['remove', base]).output).toBe('busy\n');
    await rm(join(lxc, id), {recursive: true});
    expect(run(['remove', base]).output).toBe('removed\n');
    expect(await stored()).toEqual([]);
    expect(run(['remove', base]).output).toBe('removed\n');
  });

  test('a layer of an earlier boot counts only when it had long been written', async () => {
    seed();
    await writeFile(join(lxc, id, 'delta/a'), '');
    run(['pack', id, golden, 'a/b']);
    const isUsed = (): boolean => seed('build-spark-x-bbbbbb', golden).output.includes('golden\t');
    expect(isUsed()).toBe(true);
    await writeFile(join(store, golden, 'boot'), 'another boot');
    expect(isUsed()).toBe(false);
    expect(run(['pack', id, golden, 'a/b']).output).toMatch(/^packed/); // In its place.
    expect(isUsed()).toBe(true);
    spawnSync('touch', ['-d', '3 minutes ago', join(store, golden, 'boot')]);
    expect(isUsed()).toBe(true);
    await writeFile(join(store, golden, 'boot'), 'another boot');
    expect(isUsed()).toBe(true);
  });

  test('a base of an earlier boot that may be half-written is unpacked again', async () => {
    seed();
    await rm(join(lxc, id), {recursive: true});
    await writeFile(join(store, base, 'boot'), 'another boot');
    await rm(join(store, base, 'rootfs/etc/os-release'));
    expect(seed().output).toContain('guest\tdebian');
    expect((await stored()).filter((name) => !name.startsWith('.new-0-'))).toEqual([base]);
  });

  test('what a killed copy left half-made is swept, that of a living one is not', async () => {
    seed();
    await mkdir(join(store, `.new-${process.pid}-abcdef/rootfs`), {recursive: true});
    await mkdir(join(store, '.new-4194303-abcdef/rootfs'), {recursive: true});
    expect(run(['sweep']).status).toBe(0);
    expect(await stored()).toEqual([`.new-${process.pid}-abcdef`, base]);
  });
});

test.each([[[]], [['seed', id]], [['keys', '../etc']], [['remove', '../x']], [['pack', id, '..', 'a']]])(
  'refuses %j',
  (args) => {
    expect(spawnSync('bash', [script, ...args]).status).toBe(2);
  },
);
