import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {parseSshConfig, renderSshCommand} from '../../src/machine/guest.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';

const text = `Host build-spark-x
  HostName 10.0.3.17
  User vagrant
  Port 22
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile /root/machines/x/.vagrant/machines/x/lxc/private_key
  IdentitiesOnly yes
  LogLevel FATAL
`;

test('reads what vagrant prints', () => {
  expect(parseSshConfig(text)).toEqual({
    host: '10.0.3.17',
    port: 22,
    username: 'vagrant',
    identityFile: '/root/machines/x/.vagrant/machines/x/lxc/private_key',
  });
});

test('a path with blanks comes in quotes', () => {
  const {identityFile} = parseSshConfig(
    text.replace(/IdentityFile .*/, 'IdentityFile "/home/a b/private key"'),
  );
  expect(identityFile).toBe('/home/a b/private key');
});

test('with Windows line ends too', () => {
  expect(parseSshConfig(text.replaceAll('\n', '\r\n'))).toMatchObject({
    host: '10.0.3.17',
    port: 22,
    username: 'vagrant',
  });
});

test.each(['HostName', 'Port', 'User', 'IdentityFile'])('without %s it is named', (key) => {
  expect(() => parseSshConfig(text.replace(new RegExp(`^ *${key} .*\\n`, 'm'), ''))).toThrow(`no ${key}`);
});

test('the ssh for people takes only the recorded host key, and nothing of the user', () => {
  const command = renderSshCommand({port: 2222, identityFile: '/m/key', folder: '/m'}).join(' ');
  expect(command).toContain('-F /dev/null -p 2222 -o ');
  expect(command).toContain('IdentityFile="key"');
  expect(command).toContain('StrictHostKeyChecking=yes');
  expect(command).toContain('UserKnownHostsFile=known_hosts');
});

test("it finds its files in a folder with any name; OpenSSH's own reading of the command tells", async () => {
  const folder = join(await makeFolder(), 'a b%2F\'ü"${home}');
  const identityFile = join(folder, '.vagrant/a private%key');
  await mkdir(join(folder, '.vagrant'), {recursive: true});
  await writeFile(identityFile, '');
  const [command, ...args] = renderSshCommand({port: 22, identityFile, folder});
  const {stdout} = await realExec([command, '-G', ...args, 'example.invalid'], {cwd: folder});
  const value = (key: string): string => new RegExp(`^${key} (.*)$`, 'm').exec(stdout)?.[1] ?? '';
  expect(value('userknownhostsfile')).toBe('known_hosts');
  expect(join(folder, value('identityfile'))).toBe(identityFile.replace('private%key', 'private%%key'));
  expect(value('proxycommand')).toBe('');
});
