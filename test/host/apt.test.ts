import {expect, test} from 'vitest';
import {
  describeAptFailure,
  parseRehearsal,
  planInstall,
  planPurge,
  planRehearsal,
} from '../../src/host/apt.ts';

test('a rehearsal tells what is new from what is only upgraded, and what would go', () => {
  // Words of apt 2.6.1.
  const output = [
    'Inst lxc (1:5.0.2-1+deb12u4 Debian:12.15/oldstable [amd64])',
    'Inst systemd [252.38-1~deb12u1] (252.39-1~deb12u2 Debian:12.15/oldstable [amd64]) []',
    'Remv exim4 [4.96]',
    'Purg vagrant [2.3.4+dfsg-1+deb12u1]',
    'Conf lxc (1:5.0.2-1+deb12u4 Debian:12.15/oldstable [amd64])',
  ].join('\n');
  expect(parseRehearsal(output)).toEqual({added: ['lxc'], removed: ['exim4', 'vagrant']});
});

test('the rehearsal is the same command, and changes nothing', () => {
  expect(planRehearsal(planInstall(['lxc']))).toEqual([...planInstall(['lxc']), '--simulate']);
});

test('sudo goes only when it is ours to take away', () => {
  expect(planPurge(['lxc', 'sudo'])).toContain('SUDO_FORCE_REMOVE=yes');
  expect(planPurge(['lxc'])).not.toContain('SUDO_FORCE_REMOVE=yes');
});

test.each([
  ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (apt-get)', /Another apt/],
  [
    "Err:1 http://m.example bookworm InRelease\n  Temporary failure resolving 'm.example'",
    /cannot be reached/,
  ],
  ['E: Failed to fetch http://m.example/x.deb  407  Proxy Authentication Required', /proxy/],
  ['E: Unable to locate package vagrant-lxc', /no such package/],
  ["E: dpkg was interrupted, you must manually run 'sudo dpkg --configure -a'", /interrupted/],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", /disk/],
  [
    'Certificate verification failed: The certificate is NOT trusted.\nE: Failed to fetch https://m.example',
    /not trusted/,
  ],
  ['E: something new', /apt-get failed:\nE: something new/],
])('%s', (output, message) => {
  const error = describeAptFailure(output);
  expect(error.message).toMatch(message);
  expect(error.exitCode).toBe(4);
  expect(error.hint).not.toBe('');
});
