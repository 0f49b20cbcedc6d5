// A real machine on a host where everything that an operator can have set is set, in folders with any name.
import {chmod, mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {makeFolder} from '../core/fixtures.ts';
import {useScenes} from '../support/machines.ts';
import {findDist, findLeftovers, planBuildArguments, runTool, startTool} from '../support/scene.mjs';

const newScene = useScenes();

/** Leaves a mark when it is read, and would keep any machine from working. */
const hostileVagrantfile = (mark: string): string => `File.write(${JSON.stringify(mark)}, '')
Vagrant.configure('2') do |config|
  config.vm.synced_folder '/etc', '/hostile'
  config.vm.provision 'shell', inline: 'exit 1'
  config.trigger.before(:up) { |trigger| trigger.run = {inline: 'false'} }
  config.vm.provider(:lxc) { |lxc| lxc.customize 'cgroup.memory.limit_in_bytes', '16M' }
  config.ssh.username = 'nobody'
end
`;

/** The user's boxes and plugins, with a Vagrantfile and an alias that he has at home. */
async function makeVagrantHome(folder: string, mark: string): Promise<string> {
  const own = process.env.VAGRANT_HOME ?? join(homedir(), '.vagrant.d');
  const home = join(folder, 'vagrant-home');
  await mkdir(home);
  for (const name of await readdir(own)) {
    if (!/^(vagrantfile|aliases|build-spark)$/i.test(name)) await symlink(join(own, name), join(home, name));
  }
  await writeFile(join(home, 'Vagrantfile'), hostileVagrantfile(mark));
  await writeFile(join(home, 'aliases'), 'up = !false\ndestroy = !false\n');
  return home;
}

/** An `ssh` and an `rsync` that do as ~/.ssh/config with a dead jump host would make the real ones do. */
async function makeBrokenSsh(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const name of ['ssh', 'rsync']) {
    const script = `#!/bin/sh\ncase $1 in -V | --version) echo '${name} version 9' ;; *) echo "$0 $*" >>'${bin}/calls'; exit 255 ;; esac\n`;
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

// Its cache is new, so Puppet configures the machine, and the golden layer is packed: both ways in one build.
test('a build in the locale C, which packs a golden layer', async () => {
  const place = await makeFolder();
  const folder = join(place, "a b%2F'ü");
  const mark = join(place, 'was-read');
  const project = join(place, 'project');
  const cache = join(folder, 'cache');
  await mkdir(project);
  await writeFile(join(project, 'Vagrantfile'), hostileVagrantfile(mark));
  await mkdir(join(cache, 'build-spark'), {recursive: true});
  const ownCache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  await symlink(join(ownCache, 'build-spark/boxes'), join(cache, 'build-spark/boxes'));
  const bin = await makeBrokenSsh(place);
  const env = {
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    LC_ALL: 'C',
    XDG_CACHE_HOME: cache,
    VAGRANT_HOME: await makeVagrantHome(place, mark),
    VAGRANT_CWD: project,
    VAGRANT_VAGRANTFILE: 'Vagrantfile',
    VAGRANT_DOTFILE_PATH: join(project, 'dot'),
    RUBYOPT: '-rnothing',
    GEM_HOME: '/nonexistent',
    GIT_DIR: '/nonexistent',
    GIT_DEFAULT_HASH: 'sha256',
    BASH_ENV: '/etc/passwd',
    CDPATH: '/',
  };
  const scene = await newScene({folder, env});
  const run = startTool(scene, planBuildArguments(scene));
  await run.waitFor('step.started', 'Make distribution');
  // With the real ssh. Its stdin is empty, so that the shell which it opens ends at once.
  const withSsh = {...scene, env: {...scene.env, PATH: process.env.PATH}};
  const shell = await runTool(withSsh, ['ssh', run.machines().at(-1) ?? ''], {timeoutMs: 120_000});
  expect(shell, shell.stderr).toMatchObject({code: 0});
  expect(await run.waitForEnd(900_000), run.stderr()).toMatchObject({code: 0});
  expect(await findLeftovers(scene)).toEqual([]);
  expect(await readdir(findDist(scene))).toContain('manifest.json');
  const verified = await runTool(scene, ['verify', findDist(scene)]);
  expect(verified, verified.stderr).toMatchObject({code: 0});
  const left = await readdir(place);
  expect(left).not.toContain('was-read');
  expect(await readdir(project)).toEqual(['Vagrantfile']);
  expect(await readFile(join(bin, 'calls'), 'utf8').catch(() => 'none')).toBe('none');
});
