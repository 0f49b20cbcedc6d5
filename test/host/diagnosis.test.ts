import {expect, test} from 'vitest';
import {HostError} from '../../src/core/errors.ts';
import {diagnose, listProblems} from '../../src/host/diagnosis.ts';
import {fakeHost, readyFiles, type Commands} from './fake-host.ts';

const answers: Commands = {
  'git --version': {stdout: 'git version 2.39.5'},
  'rsync --version': {stdout: 'rsync  version 3.2.7  protocol version 31'},
  'ssh -V': {stderr: 'OpenSSH_9.2p1 Debian, OpenSSL 3.0'},
  'tar --version': {stdout: 'tar (GNU tar) 1.34'},
  'patch --version': {stdout: 'GNU patch 2.7.6'},
  'vagrant --version': {stdout: 'Vagrant 2.3.4'},
  'lxc-create --version': {stdout: '5.0.2'},
};

test('a ready host fails nothing but the box that was not built', async () => {
  const {host} = await fakeHost(readyFiles, answers);
  const {ok, checks, provider} = await diagnose(host);
  expect(provider).toBe('lxc');
  expect(ok).toBe(false);
  expect(checks.filter((check) => !check.ok)).toEqual([
    {
      name: 'box',
      ok: false,
      level: 'failed',
      message: 'The box build-spark/debian-13 was not built yet.',
      remedy: 'build-spark box build',
    },
  ]);
  expect(checks.map(({name}) => name)).toEqual([
    ...[
      'node',
      'state',
      'cache',
      'git',
      'rsync',
      'ssh',
      'tar',
      'patch',
      'vagrant',
      'provider',
      'lxc-network',
      'cgroup',
      'sudo',
    ],
    ...['box', 'disk', 'inodes', 'memory', 'proxy', 'certificates'],
  ]);
});

test('every failed check has a command to type, and stops a build as an error of this host', async () => {
  const {host} = await fakeHost(
    {},
    {vagrant: 'missing', git: 'missing', rsync: 'missing', ssh: 'missing', tar: 'missing', patch: 'missing'},
    {
      env: {PATH: '/usr/bin', https_proxy: 'http://user:hidden@localhost:3128'},
      memoryBytes: 4 * 1024 ** 3,
      nodeVersion: 'v18.20.4',
    },
  );
  const diagnosis = await diagnose(host);
  const failed = diagnosis.checks.filter(({ok}) => !ok);
  expect(failed.map(({name}) => name)).toEqual([
    ...['node', 'git', 'rsync', 'ssh', 'tar', 'patch', 'vagrant', 'provider', 'lxc-network', 'cgroup'],
    ...['box', 'memory', 'proxy'],
  ]);
  for (const {remedy} of failed) expect(remedy).toMatch(/\S/);
  // Nothing that `setup` has to install first is a remedy.
  for (const name of ['vagrant', 'provider', 'lxc-network', 'box'])
    expect(failed.find((check) => check.name === name)?.remedy).toBe('build-spark setup');
  expect(JSON.stringify(failed)).not.toContain('hidden');
  const problems = listProblems(diagnosis);
  expect(problems).toHaveLength(failed.length);
  for (const problem of problems) expect(problem).toBeInstanceOf(HostError);
});

test('a Vagrant that does not start is told from one that is missing or too old', async () => {
  const messageOf = async (answer: Commands[string]): Promise<string> => {
    const {host} = await fakeHost(readyFiles, {...answers, 'vagrant --version': answer});
    return (await diagnose(host)).checks.find(({name}) => name === 'vagrant')?.message ?? '';
  };
  expect(await messageOf('missing')).toBe('The command vagrant is missing.');
  expect(await messageOf({exitCode: 1, stderr: 'cannot load such file -- bundler'})).toBe(
    'vagrant is installed but does not start: cannot load such file -- bundler',
  );
  expect(await messageOf({stdout: 'Vagrant 2.2.19'})).toMatch(/2\.2\.19 is too old/);
});

test.each([
  ['cannot load such file -- bundler', /vagrant --version, which says why/],
  ['The plugins failed to initialize correctly.', /^vagrant plugin repair$/],
])('the remedy for a Vagrant that says "%s" harms nothing', async (stderr, remedy) => {
  const {host} = await fakeHost(readyFiles, {...answers, 'vagrant --version': {exitCode: 1, stderr}});
  const check = (await diagnose(host)).checks.find(({name}) => name === 'vagrant');
  expect(check?.remedy).toMatch(remedy);
  expect(check?.remedy).not.toContain('expunge');
});

test('a bridge without its dnsmasq is a failure: machines would wait for an address in vain', async () => {
  const {host} = await fakeHost({...readyFiles, '/run/lxc/dnsmasq.pid': '4711\n'}, answers);
  const check = (await diagnose(host)).checks.find(({name}) => name === 'lxc-network');
  expect(check).toMatchObject({ok: false, remedy: 'service lxc-net restart'});
});

test('an architecture without a box is told so', async () => {
  const {host} = await fakeHost(
    {'/usr/bin/vagrant': '', '/usr/bin/VBoxManage': ''},
    {...answers, 'VBoxManage --version': {stdout: '7.0.1r1'}},
    {architecture: 'arm64'},
  );
  const check = (await diagnose(host, {provider: 'virtualbox'})).checks.find(({name}) => name === 'box');
  expect(check?.ok).toBe(false);
  expect(check?.message).toMatch(/amd64 only, and this host is arm64/);
});

test("Cloudera's repository out of reach is a warning, not a failure", async () => {
  const {host} = await fakeHost(readyFiles, answers);
  const probe = (): Promise<{isAnswering: boolean; url: string; detail: string}> =>
    Promise.resolve({isAnswering: false, url: 'https://repository.example/x', detail: 'HTTP 403'});
  const check = (await diagnose(host, {probe})).checks.find(({name}) => name === 'cloudera');
  expect(check).toMatchObject({ok: true, level: 'warning'});
  expect(check?.message).toContain('repository.example');
});
