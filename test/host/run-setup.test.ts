import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {HostError, UsageError} from '../../src/core/errors.ts';
import type {Host} from '../../src/host/host.ts';
import {runSetup, type SetupTools} from '../../src/host/run-setup.ts';
import {undoSetup} from '../../src/host/setup-undo.ts';
import {debian12, fakeHost, putFile, readyFiles, type Commands} from './fake-host.ts';

const clock = {now: () => new Date(0), monotonicMs: () => 0, sleep: () => Promise.resolve()};

/** Answers of a fresh Debian 12; what is installed and built appears in `root`, as it would. */
function freshCommands(root: () => string): Commands {
  const put = async (path: string, text: string): Promise<object> => {
    await putFile(root(), path, text);
    return {};
  };
  const installed = ['lxc', 'redir', 'vagrant', 'vagrant-lxc'];
  return {
    'apt-cache policy': {stdout: ''},
    'apt-cache stats': {stdout: 'Total package names: 300 (8,400)'},
    'apt-get': {stdout: 'Reading package lists...'},
    'env DEBIAN_FRONTEND=noninteractive apt-get': async (argv) => {
      if (argv.includes('--simulate')) {
        const verb = argv.includes('purge') ? 'Purg' : 'Inst';
        return {stdout: installed.map((name) => `${verb} ${name} (1 Debian:12)`).join('\n')};
      }
      if (argv.includes('purge')) return {};
      for (const [path, text] of Object.entries(readyFiles))
        if (!path.startsWith('/sys/class')) await put(path, text);
      return {};
    },
    'service lxc-net restart': async () => put('/sys/class/net/lxcbr0/flags', '0x1003\n'),
    'service lxc-net stop': async () => {
      await rm(join(root(), '/sys/class/net/lxcbr0'), {recursive: true});
      return {};
    },
    bash: async (argv) => {
      const folder = argv[argv.indexOf('--output') + 1]?.slice(root().length) ?? '';
      const json = {name: 'build-spark/debian-13', provider: 'lxc', builtAt: '2026-01-01T00:00:00Z'};
      await put(`${folder}/debian.box`, 'box');
      await put(`${folder}/debian.json`, JSON.stringify({...json, sha256: 'ab', size: 3, packages: {}}));
      return {stdout: 'phase\tpack\t1 MiB'};
    },
    'vagrant box add': async () =>
      put('/home/.vagrant.d/boxes/build-spark-VAGRANTSLASH-debian-13/0/lxc/metadata.json', '{}'),
    'vagrant box remove': async () => {
      await rm(join(root(), '/home/.vagrant.d/boxes'), {recursive: true});
      return {};
    },
    'lxc-create --version': {stdout: '5.0.2'},
    'lxc-ls --running': {stdout: '\n'},
    'dpkg-query': {stdout: installed.map((name) => `installed ${name}:amd64`).join('\n')},
  };
}

async function freshHost(change: Commands = {}): Promise<{
  readonly tools: SetupTools;
  readonly host: Host;
  readonly calls: string[];
  readonly said: string[];
}> {
  let folder = '';
  const {host, calls, root} = await fakeHost(
    {'/etc/os-release': debian12},
    {...change, ...freshCommands(() => folder), ...change},
  );
  folder = root;
  const said: string[] = [];
  const tools = {host, clock, say: (line: string) => said.push(line), signal: new AbortController().signal};
  return {tools, host, calls, said};
}

const changes = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => /^(service|bash|vagrant box|sudo)|(install|purge) (?!.*--simulate)/.test(call));

test('a fresh host is set up, each command printed before it runs; the second run changes nothing', async () => {
  const {tools, calls, said} = await freshHost();
  expect((await runSetup(tools, {isYes: true})).status).toBe('done');
  const printed = said.filter((line) => line.startsWith('+ '));
  expect(printed.map((line) => line.replace(/-o \S+ /g, ''))).toEqual([
    '+ apt-get -q update',
    expect.stringMatching(/^\+ env .* install vagrant git rsync .*vagrant-lxc/),
    '+ service lxc-net restart',
    '+ build-spark box build',
  ]);
  calls.length = 0;
  expect((await runSetup(tools, {isYes: true})).status).toBe('nothing-to-do');
  expect(changes(calls)).toEqual([]);
});

test('undo takes back what setup did, in reverse, and then there is nothing to take back', async () => {
  const {tools, host, calls, said} = await freshHost();
  await runSetup(tools, {isYes: true});
  expect(JSON.parse(await readFile(host.paths.setup, 'utf8'))).toMatchObject({
    packages: ['lxc', 'redir', 'vagrant', 'vagrant-lxc'],
    isLxcNetworkOurs: true,
    isSudoersOurs: false,
    boxes: [{name: 'build-spark/debian-13', provider: 'lxc', os: 'debian'}],
  });
  calls.length = 0;
  said.length = 0;
  expect(await undoSetup(tools, {isYes: true})).toBe('done');
  expect(changes(calls).map((call) => call.replace(/ --.*| -o.*/, ''))).toEqual([
    'vagrant box remove build-spark/debian-13',
    'service lxc-net stop',
    'env DEBIAN_FRONTEND=noninteractive apt-get -q',
  ]);
  expect(changes(calls).at(-1)).toMatch(/purge lxc redir vagrant vagrant-lxc$/);
  expect(await undoSetup(tools, {isYes: true})).toBe('nothing-to-do');
});

test('undo leaves everything when packages that came later would go too', async () => {
  const {tools, calls} = await freshHost();
  await runSetup(tools, {isYes: true});
  const {host} = tools;
  const stubborn: SetupTools = {
    ...tools,
    host: {
      ...host,
      exec: async (argv, options) =>
        argv.includes('purge') && argv.includes('--simulate')
          ? {exitCode: 0, stdout: 'Purg lxc [1]\nRemv lxc-tests [1]', stderr: ''}
          : host.exec(argv, options),
    },
  };
  calls.length = 0;
  await expect(undoSetup(stubborn, {isYes: true})).rejects.toThrow(/installed later.*lxc-tests/);
  expect(changes(calls)).toEqual([]);
});

test('undo refuses while machines of ours are there', async () => {
  const {tools, host, calls} = await freshHost();
  await runSetup(tools, {isYes: true});
  await putFile('/', join(host.paths.journal, 'build-spark-x.json'), '{}');
  calls.length = 0;
  await expect(undoSetup(tools, {isYes: true})).rejects.toThrow(HostError);
  expect(changes(calls)).toEqual([]);
});

test('without a terminal and without --yes nothing is changed, and it says what to type', async () => {
  const {tools, calls, said} = await freshHost();
  const error = await runSetup(tools, {isYes: false}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).hint).toBe('Type: build-spark setup --yes');
  expect(said.some((line) => line.startsWith('+ service lxc-net restart'))).toBe(true);
  expect(changes(calls)).toEqual([]);
});

test('whoever says no is left alone', async () => {
  const {tools, calls} = await freshHost();
  const asked: string[] = [];
  const ask = (question: string): Promise<boolean> => {
    asked.push(question);
    return Promise.resolve(false);
  };
  expect((await runSetup({...tools, ask}, {isYes: false})).status).toBe('declined');
  expect(asked).toEqual(['Run these 4?']);
  expect(changes(calls)).toEqual([]);
});

test('an apt that fails is explained, and what it had begun to install is on record', async () => {
  const {tools, host} = await freshHost({
    'env DEBIAN_FRONTEND=noninteractive apt-get': (argv) =>
      argv.includes('--simulate')
        ? {stdout: 'Inst lxc (1 Debian:12)'}
        : {
            exitCode: 100,
            stderr: 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7',
          },
  });
  await expect(runSetup(tools, {isYes: true})).rejects.toThrow(/Another apt or dpkg is running/);
  expect(JSON.parse(await readFile(host.paths.setup, 'utf8'))).toMatchObject({packages: ['lxc']});
});

test('when apt would remove packages for it, nothing is installed', async () => {
  const {tools, calls} = await freshHost({
    'env DEBIAN_FRONTEND=noninteractive apt-get': {stdout: 'Inst lxc (1 Debian:12)\nRemv iptables [1]'},
  });
  await expect(runSetup(tools, {isYes: true})).rejects.toThrow(/would remove iptables/);
  expect(changes(calls)).toEqual([]);
});

test('a bridge that does not come up is a clear failure', async () => {
  const {tools} = await freshHost({
    'service lxc-net restart': {exitCode: 1, stderr: 'Failed to setup lxc-net.'},
  });
  await expect(runSetup(tools, {isYes: true})).rejects.toThrow(
    /lxcbr0 is not there.*Failed to setup lxc-net/,
  );
});
