// What is read of ~/.ssh/config. That `ssh -G` reads the same is tried where ssh is installed.
import {spawnSync} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {findClientConfig, readConfigText, type ClientConfig} from '../../src/remote/client-config.ts';
import {parseTarget} from '../../src/remote/target.ts';
import {makeFolder} from './server.ts';

const home = '/home/op';
const find = (text: string, target = 'node', env: Record<string, string> = {}): ClientConfig =>
  findClientConfig(parseTarget(target), {text, home, env});

describe('findClientConfig', () => {
  test('without a configuration: the usual port, files and agent', () => {
    expect(find('', 'op@node', {SSH_AUTH_SOCK: '/run/agent'})).toEqual({
      host: 'node',
      port: 22,
      user: 'op',
      identityFiles: [],
      identitiesOnly: false,
      agent: '/run/agent',
      knownHostsFiles: [
        ...['/home/op/.ssh/known_hosts', '/home/op/.ssh/known_hosts2'],
        ...['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
      ],
      jumps: [],
    });
  });

  test('the first value holds, and what was typed wins over all', () => {
    const text = 'Host node\n  User one\n  Port 2201\nHost *\n  User two\n  Port 2202\n';
    expect(find(text)).toMatchObject({user: 'one', port: 2201});
    expect(find(text, 'me@node:2203')).toMatchObject({user: 'me', port: 2203});
    expect(find(text, 'other')).toMatchObject({user: 'two', port: 2202});
  });

  test('patterns, negations and Match', () => {
    const text =
      'Host *.example.com !lb.example.com\n  User cluster\nMatch host lb.example.com\n  User balancer\nMatch exec "true"\n  User never\n';
    expect(find(text, 'n1.example.com').user).toBe('cluster');
    expect(find(text, 'lb.example.com').user).toBe('balancer');
    expect(find(text, 'elsewhere').user).not.toBe('never');
  });

  test('words in names and paths', () => {
    const text =
      'Host n1\n  HostName %h.example.com\n  User op\n  IdentityFile ~/.ssh/%r-%h\n  IdentityFile ${KEYS}/%%x\n' +
      '  IdentityFile relative\n  UserKnownHostsFile ~/a /b/c\n  GlobalKnownHostsFile none\n  IdentitiesOnly yes\n  HostKeyAlias cluster\n';
    expect(find(text, 'n1', {KEYS: '/keys'})).toMatchObject({
      host: 'n1.example.com',
      identityFiles: ['/home/op/.ssh/op-n1.example.com', '/keys/%x', '/home/op/relative'],
      identitiesOnly: true,
      knownHostsFiles: ['/home/op/a', '/b/c'],
      hostKeyAlias: 'cluster',
    });
  });

  test.each([
    ['none', undefined],
    ['SSH_AUTH_SOCK', '/run/agent'],
    ['$OTHER', '/run/other'],
    ['~/agent', '/home/op/agent'],
  ])('IdentityAgent %s', (setting, agent) => {
    const env = {SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other'};
    expect(find(`Host *\n  IdentityAgent ${setting}\n`, 'node', env).agent).toBe(agent);
  });

  test('jumps, nearest first; none is none', () => {
    expect(find('Host node\n  ProxyJump a@b:2200, c\n').jumps).toEqual(['a@b:2200', 'c']);
    expect(find('Host node\n  ProxyJump none\n').jumps).toEqual([]);
  });

  test('a ProxyCommand is refused, unless a ProxyJump stands for it', () => {
    expect(() => find('Host node\n  ProxyCommand nc %h %p\n')).toThrow(
      expect.objectContaining({exitCode: 2}),
    );
    expect(find('Host node\n  ProxyCommand none\n').jumps).toEqual([]);
    expect(find('Host node\n  ProxyJump a\n  ProxyCommand nc %h %p\n').jumps).toEqual(['a']);
  });

  test('a port that is none is said', () => {
    expect(() => find('Host node\n  Port 70000\n')).toThrow(/no usable port/);
  });
});

describe('readConfigText', () => {
  async function makeConfig(filesOf: Record<string, string>): Promise<string> {
    const folder = await makeFolder();
    await mkdir(join(folder, '.ssh/conf.d'), {recursive: true});
    for (const [name, text] of Object.entries(filesOf)) await writeFile(join(folder, '.ssh', name), text);
    return folder;
  }
  const findIn = async (folder: string, target: string): Promise<ClientConfig> =>
    findClientConfig(parseTarget(target), {text: await readConfigText(folder), home: folder, env: {}});

  test('what is included stays in the section of its Include, and what follows too', async () => {
    const folder = await makeConfig({
      config: 'Host a\n  Include conf.d/*\n  Port 2201\nHost b\n  Port 2202\n',
      'conf.d/1': '  User one\n',
      'conf.d/2': 'Host z\n  User zed\n',
      'conf.d/.hidden': '  User hidden\n',
    });
    expect(await findIn(folder, 'a')).toMatchObject({user: 'one', port: 2201});
    expect(await findIn(folder, 'b')).toMatchObject({port: 2202});
    expect((await findIn(folder, 'b')).user).not.toBe('one');
  });

  test('a file that includes itself is an error with a hint, and a missing one is none', async () => {
    const loop = await makeConfig({config: 'Include config\n'});
    await expect(readConfigText(loop)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('too deep'),
    });
    const missing = await makeConfig({config: 'Include nothing\nHost a\n  Port 2201\n'});
    expect(await findIn(missing, 'a')).toMatchObject({port: 2201});
  });

  test.skipIf(spawnSync('ssh', ['-V']).status !== 0)('ssh -G reads the same', async () => {
    const folder = await makeConfig({
      config:
        'Host n?.example.com\n  User first\nHost n1*\n  User second\n  Port 2201\n  HostKeyAlias alias\nMatch originalhost n1.example.com\n  HostName 192.0.2.7\n  ProxyJump hop@jump:2202\n',
    });
    const file = join(folder, '.ssh/config');
    for (const target of ['n1.example.com', 'n12', 'n2.example.com', 'other']) {
      const {stdout} = spawnSync('ssh', ['-G', '-F', file, target], {encoding: 'utf8'});
      const read = (name: string): string | undefined => new RegExp(`^${name} (.*)$`, 'm').exec(stdout)?.[1];
      const ours = await findIn(folder, target);
      expect(
        [ours.host, String(ours.port), ours.user, ours.hostKeyAlias, ours.jumps.join(',')],
        target,
      ).toEqual([
        ...[read('hostname'), read('port'), read('user'), read('hostkeyalias')],
        read('proxyjump') ?? '',
      ]);
    }
  });
});
