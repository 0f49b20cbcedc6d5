// Vagrant's box of machines whose root file system is made by layers: one empty file. Knows no machine.
import {mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readAddedBoxes, type BoxTools} from './boxes.ts';
import {withLock, type LockTools} from '../core/lock.ts';
import {removeTree} from '../core/mounts.ts';
import {runVagrant} from './vagrant-command.ts';

/** Its number is raised when its content changes. */
export const stubBoxName = 'build-spark/layers-1';

/** Gives it to Vagrant unless Vagrant has it. Locked: of two `vagrant box add` at once one would fail. */
export async function ensureStubBox(tools: BoxTools & LockTools, signal: AbortSignal): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await readAddedBoxes(tools)).some(({name, provider}) => name === stubBoxName && provider === 'lxc');
  if (await isThere()) return;
  const {boxes} = tools.paths;
  await mkdir(boxes, {recursive: true});
  const add = async (): Promise<void> => {
    if (!(await isThere())) await addStubBox(tools, signal);
  };
  await withLock(join(boxes, 'layers-stub.lock'), tools, add, {
    signal,
    doing: `gives Vagrant the box ${stubBoxName}`,
  });
}

async function addStubBox(tools: BoxTools, signal: AbortSignal): Promise<void> {
  const {exec} = tools;
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-stub-'));
  try {
    // vagrant-lxc takes a root file system for whole when it has this file.
    await mkdir(join(folder, 'rootfs/bin'), {recursive: true});
    await writeFile(join(folder, 'rootfs/bin/true'), '');
    await writeFile(join(folder, 'lxc-config'), '');
    await writeFile(join(folder, 'metadata.json'), '{"provider": "lxc", "version": "1.0.0"}\n');
    const archive = join(folder, 'stub.box');
    await exec(['tar', '-czf', join(folder, 'rootfs.tar.gz'), '-C', folder, './rootfs'], {signal});
    await exec(['tar', '-cf', archive, '-C', folder, 'metadata.json', 'lxc-config', 'rootfs.tar.gz'], {
      signal,
    });
    const args = ['box', 'add', '--force', '--name', stubBoxName, '--provider', 'lxc', archive];
    await runVagrant(tools, undefined, args, {timeoutMs: 120_000, signal});
  } finally {
    await removeTree(folder);
  }
}
