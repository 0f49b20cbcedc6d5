import {chmod, readFile, writeFile} from 'node:fs/promises';
import {expect, test} from 'vitest';
import {CommandError, type Argv} from '../../src/core/exec.ts';
import {diagnose} from '../../src/host/diagnosis.ts';
import {finishedExitCode, readKvm} from '../../src/host/kvm.ts';
import {fakeHost, putFile, readyFiles, type Answer} from './fake-host.ts';

const bootFile = '/proc/sys/kernel/random/boot_id';
const files = {'/dev/kvm': '', [bootFile]: 'boot-1\n'};
const qemu = 'qemu-system-x86_64';
const ran: Answer = {exitCode: finishedExitCode};

test('KVM works when its guest ends as it was written to, and is not asked twice in one boot', async () => {
  const {host, calls, root} = await fakeHost(files, {[qemu]: ran});
  expect(await readKvm(host)).toEqual({works: true, reason: 'a tiny guest ran'});
  expect(await readKvm(host)).toMatchObject({works: true});
  expect(calls).toHaveLength(1);
  await putFile(root, bootFile, 'boot-2\n');
  await readKvm(host);
  expect(calls).toHaveLength(2);
});

test('the guest is a boot sector on a disk that QEMU can read', async () => {
  let sector = Buffer.alloc(0);
  const {host} = await fakeHost(files, {
    [qemu]: async (argv: Argv) => {
      // Some hosts run a plain processor, and end QEMU for that of libvirt's machines.
      expect(argv.join(' ')).toContain(' -cpu host ');
      const path = /file=([^,]*)/.exec(argv.join(' '))?.[1] ?? '';
      sector = await readFile(path);
      return ran;
    },
  });
  await readKvm(host);
  expect(sector).toHaveLength(1024 ** 2);
  expect(sector.readUInt16LE(510)).toBe(0xaa55);
});

test('a guest that stalls means that there is no KVM, although the file opens; that is remembered too', async () => {
  const {host, calls} = await fakeHost(files, {
    [qemu]: (argv: Argv) => {
      throw new CommandError(argv, {exitCode: 0, stdout: '', stderr: '', timedOut: true});
    },
  });
  expect(await readKvm(host)).toMatchObject({works: false, reason: expect.stringContaining('did not end')});
  expect((await readKvm(host)).works).toBe(false);
  expect(calls).toHaveLength(1);
});

test.each([
  ['Could not access KVM kernel module: No such device', false, /QEMU says: .*No such device/],
  ['Could not access KVM kernel module: Permission denied', true, /not tried/],
])('QEMU that says "%s" means %s', async (stderr, works, reason) => {
  const {host} = await fakeHost(files, {[qemu]: {exitCode: 1, stderr}});
  const answer = await readKvm(host);
  expect(answer.works).toBe(works);
  expect(answer.reason).toMatch(reason);
});

test('QEMU that gives up on itself, over what KVM refuses of the processor, means that there is no KVM', async () => {
  const stderr =
    "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69\nqemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret' failed.";
  const {host} = await fakeHost(files, {
    [qemu]: (argv: Argv) => {
      throw new CommandError(argv, {exitCode: 0, stdout: '', stderr, timedOut: false, signalName: 'SIGABRT'});
    },
  });
  expect(await readKvm(host)).toEqual({
    works: false,
    reason: "QEMU says: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret' failed",
  });
});

test.each([
  ['QEMU that is missing', 'missing', 'QEMU is missing', false],
  ['QEMU that somebody stopped', {exitCode: 130}, 'QEMU says: exit code 130', false],
  [
    'QEMU without a device of the guest',
    {exitCode: 1, stderr: "/usr/libexec/qemu-kvm: 'isa-debug-exit' is not a valid device model name"},
    "not tried, QEMU says: 'isa-debug-exit' is not a valid device model name",
    true,
  ],
] as const)('%s says nothing of KVM, and is asked again', async (_what, first, reason, works) => {
  const commands: Record<string, Answer | 'missing'> = {[qemu]: first, '/usr/libexec/qemu-kvm': 'missing'};
  const {host} = await fakeHost(files, commands);
  expect(await readKvm(host)).toEqual({works, reason});
  const later = await fakeHost(files, {[qemu]: ran});
  const second = {...host, exec: later.host.exec};
  expect(await readKvm(second)).toEqual({works: true, reason: 'a tiny guest ran'});
});

test("Red Hat's QEMU is asked where there is no other", async () => {
  const {host} = await fakeHost(files, {[qemu]: 'missing', '/usr/libexec/qemu-kvm': ran});
  expect(await readKvm(host)).toEqual({works: true, reason: 'a tiny guest ran'});
});

test("without the file, with one that is root's alone, and with a damaged memory", async () => {
  const none = await fakeHost({});
  expect(await readKvm(none.host)).toEqual({works: false, reason: 'there is no /dev/kvm'});
  const {host, root} = await fakeHost(files, {[qemu]: ran});
  await writeFile(`${root}/dev/kvm`, '', {mode: 0o600});
  await chmod(`${root}/dev/kvm`, 0o600);
  expect(await readKvm(host)).toMatchObject({
    works: false,
    reason: expect.stringContaining("libvirt's user"),
    remedy: expect.stringMatching(/^(sudo )?chgrp kvm .dev.kvm && (sudo )?chmod 660 .dev.kvm$/),
  });
  await chmod(`${root}/dev/kvm`, 0o660);
  await writeFile(host.paths.kvm, '{');
  expect((await readKvm(host)).works).toBe(true);
});

const libvirtFiles = {
  ...readyFiles,
  ...files,
  '/usr/bin/virsh': '',
  '/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json': '{}',
};
const answers = {
  ...Object.fromEntries(['git', 'rsync', 'tar', 'patch', 'vagrant'].map((tool) => [`${tool} --version`, {}])),
  'ssh -V': {},
  'lxc-create --version': {stdout: '5.0.2'},
  'virsh -c qemu:///system --quiet list --name': {},
};

test('doctor warns that machines of libvirt will be emulated, and fails nothing for it', async () => {
  const {host} = await fakeHost(libvirtFiles, {...answers, [qemu]: {exitCode: 1, stderr: 'kvm: no'}});
  const {checks, isEmulated} = await diagnose(host, {provider: 'libvirt'});
  expect(isEmulated).toBe(true);
  expect(checks.find(({name}) => name === 'kvm')).toMatchObject({
    level: 'warning',
    message: 'The machine is emulated, expect ten times as long: QEMU says: kvm: no.',
  });
});

test('a KVM that stalls is tried by libvirt for each machine, where its user may not open the file', async () => {
  const {host, root} = await fakeHost(libvirtFiles, {...answers, [qemu]: {exitCode: 1, stderr: 'kvm: no'}});
  await chmod(`${root}/dev/kvm`, 0o600);
  const {checks} = await diagnose(host, {provider: 'libvirt'});
  expect(checks.find(({name}) => name === 'kvm')).toMatchObject({
    level: 'warning',
    message: expect.stringMatching(/QEMU says: kvm: no; .*libvirt tries it again for each machine/),
    remedy: expect.stringContaining('chmod 660 /dev/kvm'),
  });
});

test('where another provider is taken, no guest is tried', async () => {
  const {host, calls} = await fakeHost(libvirtFiles, answers);
  const {isEmulated, provider} = await diagnose(host);
  expect({isEmulated, provider}).toEqual({isEmulated: false, provider: 'lxc'});
  expect(calls.filter((line) => line.startsWith(qemu))).toEqual([]);
});
