import {expect, test} from 'vitest';
import {recordSetup} from '../../src/host/setup-journal.ts';
import {checkSudo, openSudo, planAsRoot} from '../../src/host/sudo.ts';
import {fakeHost, type Answer} from './fake-host.ts';

const ann = {uid: 1000, name: 'ann'};

test('root needs no sudo, and none is called', async () => {
  const {host, calls} = await fakeHost({});
  expect((await checkSudo(host)).ok).toBe(true);
  (await openSudo(host, false)).close();
  expect(planAsRoot(host, ['true'])).toEqual(['true']);
  expect(calls).toEqual([]);
});

test('a sudo that asks is a failure until setup made its tickets hold, then it asks at the start', async () => {
  const commands = {'sudo -n true': {exitCode: 1}, 'sudo --version': {stdout: 'Sudo version 1.9.13p3'}};
  const {host} = await fakeHost({}, commands, {user: ann});
  expect(await checkSudo(host)).toMatchObject({level: 'failed', remedy: 'build-spark setup'});
  await recordSetup(host.paths, {isSudoersOurs: true});
  expect(await checkSudo(host)).toMatchObject({level: 'warning'});
});

test('the password is asked for once, on a terminal, before anything else; without one it is refused', async () => {
  let isOpen = false;
  const commands = {
    'sudo -n true': (): Answer => ({exitCode: isOpen ? 0 : 1}),
    'sudo -v': (): Answer => {
      isOpen = true;
      return {};
    },
  };
  const {host, calls} = await fakeHost({}, commands, {user: ann});
  await expect(openSudo(host, false)).rejects.toThrow(/asks for a password/);
  expect(calls).toEqual(['sudo -n true']);
  (await openSudo(host, true)).close();
  expect(calls).toEqual(['sudo -n true', 'sudo -n true', 'sudo -v', 'sudo -n true']);
});

test('a password that does not hold for other sessions is found out at the start', async () => {
  const {host} = await fakeHost({}, {'sudo -n true': {exitCode: 1}, 'sudo -v': {}}, {user: ann});
  await expect(openSudo(host, true)).rejects.toThrow(/does not remember/);
});

test('what apt must know of the network goes along', async () => {
  const {host} = await fakeHost({}, {}, {user: ann, env: {https_proxy: 'http://p.example:1'}});
  expect(planAsRoot(host, ['apt-get', 'update'])).toEqual([
    ...['sudo', '--preserve-env=http_proxy,https_proxy,no_proxy', 'apt-get', 'update'],
  ]);
});
