import {describe, expect, test} from 'vitest';
import {CommandMissingError} from '../../src/core/exec.ts';
import {createProvider, type Provider} from '../../src/machine/provider.ts';
import {createAsRoot} from '../../src/core/as-root.ts';
import {createFakeExec, type FakeExec} from '../core/fixtures.ts';

const id = 'build-spark-x-aaaaaa';

function make(
  name: Parameters<typeof createProvider>[0],
  answers: Parameters<typeof createFakeExec>[0],
): FakeExec & {readonly provider: Provider} {
  const fake = createFakeExec(answers);
  return {...fake, provider: createProvider(name, {exec: fake.exec, asRoot: createAsRoot(true)})};
}

const info = `lxc-info -n ${id} -s -H`;
const folder = `test -e /var/lib/lxc/${id}`;
const none = {exitCode: 1};

describe('state', () => {
  test.each([
    ['running', 'lxc', {[info]: {stdout: 'RUNNING\n'}}],
    ['running', 'lxc', {[info]: {stdout: 'FROZEN'}}],
    ['stopped', 'lxc', {[info]: {stdout: 'STOPPED\n'}}],
    ['stopped', 'lxc', {[info]: none, [folder]: {}}],
    ['absent', 'lxc', {[info]: none, [folder]: none}],
    [
      'running',
      'libvirt',
      {
        'virsh -c qemu:///system --quiet list --all --name': {stdout: `a\n${id}\n\n`},
        [`virsh -c qemu:///system --quiet domstate ${id}`]: {stdout: 'running\n\n'},
      },
    ],
    [
      'stopped',
      'libvirt',
      {
        'virsh -c qemu:///system --quiet list --all --name': {stdout: `${id}\n`},
        [`virsh -c qemu:///system --quiet domstate ${id}`]: {stdout: 'shut off\n'},
      },
    ],
    [
      'absent',
      'libvirt',
      {
        'virsh -c qemu:///system --quiet list --all --name': {stdout: `${id}-2\n`},
        [`virsh -c qemu:///system --quiet vol-info --pool default ${id}.img`]: {
          exitCode: 1,
          stderr: 'error: Storage volume not found: no storage vol with matching path',
        },
      },
    ],
    [
      'stopped', // Killed before the machine of this disk was defined.
      'libvirt',
      {
        'virsh -c qemu:///system --quiet list --all --name': {},
        [`virsh -c qemu:///system --quiet vol-info --pool default ${id}.img`]: {},
      },
    ],
    [
      'running', // Its disk is copied.
      'libvirt',
      {
        'virsh -c qemu:///system --quiet list --all --name': {stdout: `${id}\n`},
        [`virsh -c qemu:///system --quiet domstate ${id}`]: {stdout: 'paused\n'},
      },
    ],
    [
      'running',
      'virtualbox',
      {
        'VBoxManage list vms': {stdout: `"${id}" {1}\n`},
        'VBoxManage list runningvms': {stdout: `"${id}" {1}\n`},
      },
    ],
    [
      'stopped',
      'virtualbox',
      {'VBoxManage list vms': {stdout: `"${id}" {1}\n`}, 'VBoxManage list runningvms': {}},
    ],
    ['absent', 'virtualbox', {'VBoxManage list vms': {stdout: `"${id}-2" {1}\n"x ${id}" {2}\n`}}],
  ] as const)('%s (%s)', async (state, name, answers) => {
    expect(await make(name, answers).provider.readState(id)).toBe(state);
  });

  test.each(['lxc', 'libvirt', 'virtualbox'] as const)(
    'the missing tools of %s are no "absent"',
    async (name) => {
      const exec = (): Promise<never> => Promise.reject(new CommandMissingError('tool'));
      const provider = createProvider(name, {exec, asRoot: createAsRoot(false)});
      const error: unknown = await provider.readState(id).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CommandMissingError);
    },
  );

  test.each(['libvirt', 'virtualbox'] as const)(
    'a failing tool of %s is no "absent" either',
    async (name) => {
      const exec = (): Promise<never> => Promise.reject(new Error('connection refused'));
      await expect(createProvider(name, {exec, asRoot: createAsRoot(true)}).readState(id)).rejects.toThrow(
        'refused',
      );
    },
  );
});

describe('destroy', () => {
  test('lxc: by name, then what is left of it on the disk, and nothing else', async () => {
    const {provider, calls} = make('lxc', {
      [`lxc-stop -k -n ${id}`]: none,
      [`lxc-destroy -f -n ${id}`]: none,
      [folder]: {},
      [`rm -rf --one-file-system /var/lib/lxc/${id}`]: {},
    });
    await provider.destroy(id);
    expect(calls).toEqual([
      `lxc-stop -k -n ${id}`,
      `lxc-destroy -f -n ${id}`,
      folder,
      `rm -rf --one-file-system /var/lib/lxc/${id}`,
    ]);
  });

  test('lxc: when it is gone no folder is removed', async () => {
    const {provider, calls} = make('lxc', {
      [`lxc-stop -k -n ${id}`]: {},
      [`lxc-destroy -f -n ${id}`]: {},
      [folder]: none,
    });
    await provider.destroy(id);
    expect(calls.join()).not.toContain('rm -rf');
  });

  test.each([
    [
      'libvirt',
      [
        `virsh -c qemu:///system --quiet destroy ${id}`,
        `virsh -c qemu:///system --quiet undefine ${id} --remove-all-storage --snapshots-metadata`,
        `virsh -c qemu:///system --quiet vol-delete --pool default ${id}.img`,
      ],
    ],
    ['virtualbox', [`VBoxManage controlvm ${id} poweroff`, `VBoxManage unregistervm ${id} --delete`]],
  ] as const)(
    '%s goes on when the first command fails, since the machine may be off',
    async (name, lines) => {
      const answers = Object.fromEntries(lines.slice(1).map((line) => [line, {}]));
      const {provider, calls} = make(name, {...answers, [lines[0]]: none});
      await provider.destroy(id);
      expect(calls).toEqual(lines);
    },
  );
});

test('sudo never asks, and root needs none', () => {
  expect(createAsRoot(false)(['lxc-ls'])).toEqual(['sudo', '-n', 'lxc-ls']);
  expect(createAsRoot(true)(['lxc-ls'])).toEqual(['lxc-ls']);
});
