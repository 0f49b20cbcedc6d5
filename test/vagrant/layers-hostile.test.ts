// vagrant/layers.sh beside machines whose files are a stranger's: as root it follows no link of theirs, waits for no pipe,
// deletes nothing that is mounted, and keeps no device and no setuid file for the next one.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {getuid} from 'node:process';
import {beforeEach, describe, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {makeFolder} from '../core/fixtures.ts';

const script = join(projectRoot, 'vagrant/layers.sh');
const id = 'build-spark-x-aaaaaa';
const base = `base-${'0'.repeat(16)}`;
const golden = `golden-${'1'.repeat(16)}`;

let folder: string;
/** Of the host, and none of the machine's business. */
let outside: string;
let delta: string;
let box: string;
let env: NodeJS.ProcessEnv;

/** A status of null: it was still waiting for something. */
const call = (argv: readonly string[], input: string): {readonly status: number | null; readonly output: string} => {
  const [command = '', ...args] = argv;
  const {status, stdout, stderr} = spawnSync(command, args, {env, input, encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL'});
  return {status, output: stdout + stderr};
};
const run = (args: readonly string[], input = ''): ReturnType<typeof call> => call(['bash', script, ...args], input);
/** In a mount namespace of its own, so that no mount outlives the test. */
const runBeside = (from: string, to: string, args: readonly string[]): ReturnType<typeof call> => {
  const shell = 'mount --bind "$1" "$2" || exit 9; shift 2; exec bash "$@"';
  return call(['unshare', '--mount', '--propagation', 'private', 'bash', '-c', shell, 'sh', from, to, script, ...args], '');
};
const seed = (home = '-'): ReturnType<typeof call> =>
  run(['seed', id, base, 'a/b', join(folder, 'rootfs.tar.gz'), '-', home], 'ssh-rsa OWN\n');
const write = async (path: string, text = 'text'): Promise<void> => {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, text);
};
const packBox = (): void => {
  spawnSync('chown', ['-R', '1000:1000', join(box, 'home/vagrant')]);
  spawnSync('tar', ['-czf', join(folder, 'rootfs.tar.gz'), '-C', dirname(box), './rootfs']);
};
const make = (...argv: readonly string[]): void => {
  expect(spawnSync(argv[0] ?? '', argv.slice(1)).status).toBe(0);
};

describe.runIf(getuid?.() === 0)('as root', () => {
  beforeEach(async () => {
    folder = await makeFolder();
    outside = join(folder, 'outside');
    box = join(folder, 'box/rootfs');
    delta = join(folder, 'lxc', id, 'delta');
    env = {PATH: process.env.PATH, BUILD_SPARK_LAYERS: join(folder, 'cache/layers'), BUILD_SPARK_LXC: join(folder, 'lxc')};
    await mkdir(join(folder, 'lxc'));
    await write(join(box, 'etc/os-release'), 'ID=debian\n');
    await write(join(box, 'home/vagrant/.ssh/authorized_keys'), 'ssh-rsa KNOWN-TO-THE-WORLD');
    packBox();
    await write(join(outside, 'mine'));
    await write(join(outside, 'ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAA host');
  });

  const forge: readonly (readonly [string, () => Promise<void> | void])[] = [
    ['the folder is a link', () => symlink(outside, join(delta, 'etc/ssh'))],
    [
      'a folder above it is a link',
      async () => {
        await rm(join(delta, 'etc'), {recursive: true});
        await mkdir(join(outside, 'ssh'));
        await write(join(outside, 'ssh/ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAA host');
        await symlink(outside, join(delta, 'etc'));
      },
    ],
    [
      'the file is a link',
      async () => {
        await mkdir(join(delta, 'etc/ssh'));
        await symlink(join(outside, 'ssh_host_ed25519_key.pub'), join(delta, 'etc/ssh/ssh_host_ed25519_key.pub'));
      },
    ],
    [
      'the file is a pipe',
      async () => {
        await mkdir(join(delta, 'etc/ssh'));
        make('mkfifo', join(delta, 'etc/ssh/ssh_host_ed25519_key.pub'));
      },
    ],
    [
      'the file is a device',
      async () => {
        await mkdir(join(delta, 'etc/ssh'));
        make('mknod', join(delta, 'etc/ssh/ssh_host_ed25519_key.pub'), 'c', '1', '5');
      },
    ],
  ];
  test.each(forge)('host keys: %s, and none is read', async (_, prepare) => {
    seed();
    await mkdir(join(delta, 'etc'), {recursive: true});
    await prepare();
    expect(run(['keys', id])).toEqual({status: 0, output: ''});
  });

  test('host keys are read from the topmost layer that has one', async () => {
    await write(join(box, 'etc/ssh/ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAA box\n');
    await write(join(box, 'etc/ssh/ssh_host_rsa_key.pub'), 'ssh-rsa AAA box\n');
    packBox();
    seed();
    await write(join(delta, 'etc/ssh/ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAA machine\n');
    expect(run(['keys', id]).output).toBe('ssh-ed25519 AAA machine\nssh-rsa AAA box\n');
  });

  test('a golden layer is cleaned without a step through a link', async () => {
    seed();
    await write(join(outside, 'vagrant/mine'));
    await write(join(outside, 'vagrant/.ssh/id'));
    await write(join(outside, 'apt/mine'));
    await rm(join(delta, 'home'), {recursive: true});
    for (const path of ['tmp', 'home', 'root', 'etc/ssh', 'var/cache', 'var/log', 'run']) {
      await mkdir(dirname(join(delta, path)), {recursive: true});
      await symlink(outside, join(delta, path));
    }
    await write(join(delta, 'usr/bin/R'));
    expect(run(['pack', id, golden, 'a/b']).output).toMatch(/^packed\t\d+\n$/);
    const left = spawnSync('find', ['.', '-type', 'f'], {cwd: outside, encoding: 'utf8'}).stdout;
    expect(left.trim().split('\n').sort()).toEqual([
      './apt/mine',
      './mine',
      './ssh_host_ed25519_key.pub',
      './vagrant/.ssh/id',
      './vagrant/mine',
    ]);
  });

  test('a golden layer has nothing of the home, no pipe or device, and setuid programs where packages put them', async () => {
    seed();
    for (const path of ['usr/bin/sudo', 'var/lib/x/tool', 'etc/tool', 'srv/tool']) {
      await write(join(delta, path));
      await chmod(join(delta, path), 0o6755);
    }
    for (const path of ['spark/pom.xml', '.bashrc', '.m2/settings.xml', '.gemrc', 'in-guest.sh'])
      await write(join(delta, 'home/vagrant', path));
    await mkdir(join(delta, 'dev'), {recursive: true});
    make('mkfifo', join(delta, 'usr/share-pipe'), join(delta, 'etc/pipe'));
    make('mknod', join(delta, 'etc/disk'), 'b', '7', '200');
    make('mknod', join(delta, 'etc/memory'), 'c', '1', '1');
    make('mknod', join(delta, 'etc/deleted'), 'c', '0', '0');
    expect(run(['pack', id, golden, 'a/b'], 'a secret').output).toMatch(/^packed\t\d+\n$/);
    const packed = join(folder, 'cache/layers', golden, 'rootfs');
    const {stdout} = spawnSync('find', ['.', '!', '-type', 'd', '-printf', '%P %m\n'], {cwd: packed, encoding: 'utf8'});
    expect(stdout.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^etc\/deleted /),
      'etc/tool 755',
      'srv/tool 755',
      'usr/bin/sudo 6755',
      'var/lib/x/tool 755',
    ]);
    expect(await readdir(join(packed, 'home/vagrant'))).toEqual(['.m2']);
    expect(await readdir(join(packed, 'home/vagrant/.m2'))).toEqual([]);
  });

  test('a home with links: what they point to keeps its owner and mode', async () => {
    const home = join(folder, 'staged');
    await write(join(home, 'spark/pom.xml'));
    await symlink(join(outside, 'mine'), join(home, 'spark/file'));
    await symlink(outside, join(home, 'spark/folder'));
    await symlink(outside, join(home, 'spark/.mvn'));
    await chown(join(outside, 'mine'), 4711, 4711);
    await chmod(join(outside, 'mine'), 0o600);
    expect(seed(home).output).toContain('home\tgiven');
    expect(await stat(join(outside, 'mine'))).toMatchObject({uid: 4711, mode: 0o100600});
    expect((await stat(outside)).uid).toBe(0);
  });

  test.each(['a link out of it', 'a pipe'])("a box's os-release that is %s is not asked", async (kind) => {
    await write(join(outside, 'os-release'), 'ID=ubuntu\n');
    await rm(join(box, 'etc/os-release'));
    if (kind === 'a pipe') make('mkfifo', join(box, 'etc/os-release'));
    else await symlink(join(outside, 'os-release'), join(box, 'etc/os-release'));
    packBox();
    const {status, output} = seed();
    expect(status, output).toBe(0);
    expect(output).not.toContain('guest\t');
    expect(output).toContain('rootfs\toverlay:');
  });

  test('what is mounted in a machine, a layer or a remnant is not deleted, and is named', async () => {
    seed();
    const layer = join(folder, 'cache/layers', base, 'rootfs/mnt');
    const remnant = join(folder, 'cache/layers/.new-4194303-abcdef/rootfs/a b');
    for (const place of [join(delta, 'mnt'), layer, remnant]) await mkdir(place, {recursive: true});
    const dropped = runBeside(outside, join(delta, 'mnt'), ['drop', id]);
    expect(dropped).toMatchObject({status: 1, output: expect.stringContaining(`mounted at ${delta}/mnt`)});
    const swept = runBeside(outside, remnant, ['sweep']);
    expect(swept).toMatchObject({status: 0, output: expect.stringContaining(`mounted at ${remnant}`)});
    await rm(join(folder, 'lxc', id), {recursive: true});
    const removed = runBeside(outside, layer, ['remove', base]);
    expect(removed).toMatchObject({status: 1, output: expect.stringContaining(`mounted at ${layer}`)});
    expect(await readFile(join(outside, 'mine'), 'utf8')).toBe('text');
    expect(run(['remove', base]).output).toBe('removed\n');
    expect(existsSync(remnant)).toBe(false);
  });
});
