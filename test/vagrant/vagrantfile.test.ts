// What the Vagrantfile makes of machine.json, for each provider. Boots nothing; Vagrant itself is not needed, Ruby is.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, '../../vagrant');
const providers = ['lxc', 'libvirt', 'virtualbox'];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vagrantfile-'));
  copyFileSync(path.join(source, 'Vagrantfile'), path.join(directory, 'Vagrantfile'));
});
afterEach(() => rmSync(directory, {recursive: true}));

/** The settings, one a line, or what Ruby said on stderr. The host's own state is levelled out. */
const evaluate = (machine: Record<string, unknown>) => {
  writeFileSync(path.join(directory, 'machine.json'), JSON.stringify(machine));
  const {stdout, stderr} = spawnSync('ruby', [path.join(here, 'record.rb'), path.join(directory, 'Vagrantfile')], {
    encoding: 'utf8',
  });
  return {settings: stdout, problem: stderr};
};

const machine = (provider: string, more: Record<string, unknown> = {}) => ({
  formatVersion: 1,
  id: 'build-spark-cdh5.7.0-1a2b',
  provider,
  box: {name: 'build-spark/debian-13'},
  memoryMib: 6144,
  cpus: 4096, // More than any host has: then no cpuset is set, which would depend on this host.
  ...more,
});

test.each(providers)('%s: names the machine, limits it, shares no folder', async (provider) => {
  const {settings, problem} = evaluate(machine(provider));
  expect(problem).toBe('');
  // Without /dev/kvm libvirt gets two settings more.
  const level = settings.replace(/.*(driver=\["qemu"\]|cpu_mode=).*\n/g, '');
  await expect(level).toMatchFileSnapshot(path.join(here, 'golden', `${provider}.txt`));
});

test('lxc limits the memory under the key of the host’s cgroup version', () => {
  expect(evaluate(machine('lxc', {cgroup: 'v1'})).settings).toContain(
    '["cgroup.memory.limit_in_bytes","6442450944"]',
  );
  expect(evaluate(machine('lxc', {cgroup: 'v2'})).settings).toContain('["cgroup2.memory.max","6442450944"]');
});

test('layers: the box’s own settings of LXC, then the root file system, and the machine’s own key', () => {
  const layers = {
    rootfs: 'overlay:/base:/delta',
    options: 'volatile',
    config: [
      ['include', '/a'],
      ['include', '/b'],
    ],
    guest: 'debian',
    hasKey: true,
  };
  const {settings, problem} = evaluate(machine('lxc', {layers, provision: false}));
  expect(problem).toBe('');
  expect(settings).toContain('config.vm.guest=["debian"]');
  expect(settings).toContain('config.ssh.insert_key=[false]');
  expect(settings).toMatch(/private_key_path=\["\/.*\/key"\]/);
  expect(settings).toMatch(
    /backingstore=\["dir"\]\n.*\["include","\/a"\]\n.*\["include","\/b"\]\n.*\["rootfs.path","overlay:\/base:\/delta"\]\n.*\["rootfs.options","volatile"\]/,
  );
  expect(settings).not.toContain('config.vm.provision'); // What is packed is provisioned.
  expect(evaluate(machine('lxc', {layers: {...layers, hasKey: false}})).settings).not.toContain('private_key_path');
});

test('lxc takes as many of the cores this process may use as were asked for', () => {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const {settings} = evaluate(machine('lxc', {cpus: 1}));
  const core = /"cgroup\.cpuset\.cpus","(\d+)"/.exec(settings)?.[1];
  if (/^\d+$/.test(allowed)) expect(core).toBeUndefined();
  else expect(core).toMatch(/^\d+$/);
});

test('a box by address, checksum and version, and a proxy reach Vagrant; files go there in one upload, before the bootstrap', () => {
  const {settings} = evaluate(
    machine('virtualbox', {
      box: {name: 'b', url: 'https://example.org/b.box', version: '1', checksum: 'ab', checksumType: 'sha512'},
      proxy: {https: 'http://proxy:3128'},
    }),
  );
  expect(settings).toContain('config.vm.box_url=["https://example.org/b.box"]');
  expect(settings).toContain('config.vm.box_version=["1"]');
  expect(settings).toContain('config.vm.box_download_checksum_type=["sha512"]');
  expect(settings).toMatch(/provision\["build-spark-bootstrap".*"https_proxy":"http:\/\/proxy:3128"}/);
  const order = [...settings.matchAll(/^config\.vm\.provision\["build-spark-([a-z]+)"/gm)].map(([, name]) => name);
  expect(order).toEqual(['files', 'unpack', 'bootstrap', 'puppet']);
  // One upload, whatever the number of files: where the guest is emulated each takes a second and more.
  expect(settings.match(/"type":"file"/g)).toHaveLength(1);
});

/** All that a stranger's Vagrantfile can ask of a machine, and a setting that some boxes need to boot. */
const stranger = `Vagrant.configure('2') do |config|
  config.vm.synced_folder '/etc', '/hostile'
  config.vm.synced_folder '/etc', '/vagrant'
  config.vm.network 'forwarded_port', guest: 80, host: 8080
  config.vm.network 'forwarded_port', guest: 22, host: 2222, host_ip: '0.0.0.0', id: 'ssh'
  config.vm.network 'private_network', ip: '192.168.56.2'
  config.vm.provision 'shell', inline: 'false'
  config.vm.provision 'bootstrap', type: 'shell', inline: 'false'
  config.trigger.before(:up) { |trigger| trigger.run = {inline: 'false'} }
  config.trigger.after(:destroy) { |trigger| trigger.run = {inline: 'false'} }
  config.vm.base_mac = '080027000001'
end
`;
const hasVagrant = spawnSync('ruby', ['-e', "gem 'vagrant'; require 'vagrant'"]).status === 0;

test.skipIf(!hasVagrant)('of a box’s own Vagrantfile only what describes the virtual machine is left', () => {
  writeFileSync(path.join(directory, 'machine.json'), JSON.stringify(machine('virtualbox', {box: {name: 'a/b'}})));
  const home = path.join(directory, 'home');
  const box = path.join(home, 'boxes/a-VAGRANTSLASH-b/0/virtualbox');
  mkdirSync(box, {recursive: true});
  writeFileSync(path.join(box, 'metadata.json'), '{"provider":"virtualbox"}');
  writeFileSync(path.join(box, 'Vagrantfile'), stranger);
  const {stdout, stderr} = spawnSync('ruby', [path.join(here, 'merged.rb'), directory, home], {
    encoding: 'utf8',
    env: {PATH: process.env.PATH, HOME: directory, VAGRANT_HOME: home, LC_ALL: 'C.UTF-8'},
  });
  expect(JSON.parse(stdout || '{}'), stderr).toEqual({
    folders: [['/vagrant', true]],
    provisioners: ['build-spark-files', 'build-spark-unpack', 'build-spark-bootstrap', 'build-spark-puppet'],
    networks: [['forwarded_port', 'ssh', '127.0.0.1']],
    triggers: 0,
    mac: '080027000001',
  });
});

test('refuses a machine.json of another format, and an unknown provider, by name', () => {
  expect(evaluate({...machine('lxc'), formatVersion: 2}).problem).toContain('formatVersion 2 is not 1');
  expect(evaluate(machine('bhyve')).problem).toContain('unknown provider bhyve');
});
