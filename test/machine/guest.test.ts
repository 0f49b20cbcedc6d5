import {expect, test} from 'vitest';
import {parseSshConfig, renderSshCommand} from '../../src/machine/guest.ts';

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

test('the ssh of rsync takes only the recorded host key and nothing of the user', () => {
  const command = renderSshCommand({port: 2222, identityFile: '/k', knownHosts: '/m/known_hosts'}).join(' ');
  expect(command).toContain('-F /dev/null -p 2222 -i /k');
  expect(command).toContain('StrictHostKeyChecking=yes');
  expect(command).toContain('UserKnownHostsFile=/m/known_hosts');
});
