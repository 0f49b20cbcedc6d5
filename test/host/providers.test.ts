import {expect, test} from 'vitest';
import {HostError} from '../../src/core/errors.ts';
import {findProvider, readPlugins, requireProvider} from '../../src/host/providers.ts';
import {fakeHost, putFile, readyFiles} from './fake-host.ts';

test('the first that works is taken, and each other one says why not', async () => {
  const {host} = await fakeHost(
    {...readyFiles, '/usr/bin/VBoxManage': ''},
    {'lxc-create --version': {stdout: '5.0.2'}, 'VBoxManage --version': {stdout: '7.0.1r1'}},
  );
  const {provider, findings} = await findProvider(host);
  expect(provider).toBe('lxc');
  expect(findings.map((finding) => [finding.provider, finding.isUsable, finding.reason])).toEqual([
    ['lxc', true, 'LXC 5.0.2'],
    ['libvirt', false, "Vagrant's plugin vagrant-libvirt is missing."],
    ['virtualbox', true, 'VirtualBox 7.0.1r1'],
  ]);
});

test('without the plugin of lxc the next one is taken', async () => {
  const files = Object.fromEntries(
    Object.entries(readyFiles).filter(([path]) => !path.includes('plugins.d')),
  );
  const {host} = await fakeHost(
    {...files, '/usr/bin/VBoxManage': ''},
    {'VBoxManage --version': {stdout: '7.0.1r1'}},
  );
  const {provider, findings} = await findProvider(host);
  expect(provider).toBe('virtualbox');
  expect(findings[0]).toMatchObject({
    reason: "Vagrant's plugin vagrant-lxc is missing.",
    remedy: 'build-spark setup --provider lxc',
  });
});

test('VirtualBox with a warning about its kernel module is not usable', async () => {
  const stdout = 'WARNING: The vboxdrv kernel module is not loaded.\n7.0.1r1';
  const {host} = await fakeHost(
    {'/usr/bin/vagrant': '', '/usr/bin/VBoxManage': ''},
    {'VBoxManage --version': {stdout}},
  );
  await expect(requireProvider(host, 'virtualbox')).rejects.toThrow(/kernel module is not loaded/);
});

test("lxc is not usable where vagrant-lxc's script would split the path of a box", async () => {
  const {host} = await fakeHost(
    {
      '/usr/bin/vagrant': '',
      '/usr/bin/lxc-create': '',
      '/usr/share/vagrant-plugins/plugins.d/vagrant-lxc.json': '',
    },
    {'lxc-create --version': {stdout: '5.0.2'}},
  );
  const at = (vagrantHome: string) => findProvider({...host, paths: {...host.paths, vagrantHome}}, 'lxc');
  expect((await at('/home/ümläut/.vagrant.d')).provider).toBe('lxc');
  const {provider, findings} = await at('/home/a b/.vagrant.d');
  expect(provider).toBeUndefined();
  expect(findings[0]?.reason).toContain('"/home/a b/.vagrant.d"');
});

test('when none works, one error names each reason and the command that mends it', async () => {
  const {host} = await fakeHost({});
  const error = await requireProvider(host).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HostError);
  expect((error as HostError).message).toContain('lxc: Vagrant is missing.');
  expect((error as HostError).hint).toBe('Type: build-spark setup');
});

test('plugins are read from the user, from Debian and from HashiCorp, and damage counts as none', async () => {
  const {host, root} = await fakeHost({
    '/opt/vagrant/embedded/plugins.json': '{"version":"1","installed":{"vagrant-parallels":{}}}',
    '/usr/share/vagrant-plugins/plugins.d/vagrant-lxc.json': '{"vagrant-lxc": {}}',
    '/usr/share/vagrant-plugins/plugins.json': 'no JSON',
  });
  await putFile(root, '/home/.vagrant.d/plugins.json', '{"installed":{"vagrant-libvirt":{}}}');
  expect([...(await readPlugins(host))].sort()).toEqual([
    'vagrant-libvirt',
    'vagrant-lxc',
    'vagrant-parallels',
  ]);
});
