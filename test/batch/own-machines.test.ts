// Machines outside of a run: what is listed, what reap destroys and leaves, and whose shell can be opened.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {listMachines, openShell, reapMachines} from '../../src/batch/own-machines.ts';
import {makeStateFolders} from '../../src/batch/session.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {openDesk, type Desk} from './desk.ts';

/** As a killed process leaves one. */
async function leaveMachine({session: open}: Desk, keepUntil?: string): Promise<string> {
  const session = await open();
  await makeStateFolders(session.paths);
  const owner = await readOwnIdentity(session.exec);
  const id = 'build-spark-x-abc123';
  await session.journal.write({
    ...{formatVersion: 1, id, buildId: 'x', provider: 'fake', keepUntil},
    directory: join(session.paths.machines, id),
    owner: {...owner, pid: 2 ** 22 - 1},
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  const folder = join(session.paths.state, 'fake-machines');
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, id), 'running');
  return id;
}

test('a machine of a dead process is listed as orphaned and destroyed; then nothing is left', async () => {
  const desk = await openDesk();
  const id = await leaveMachine(desk);
  expect((await listMachines(desk.terminal)).machines).toMatchObject([{id, state: 'orphaned'}]);
  const {reaped, left} = await reapMachines(desk.terminal, {});
  expect(reaped).toMatchObject([{entry: {id}, state: 'orphaned'}]);
  expect(reaped[0]?.error).toBeUndefined();
  expect(left).toEqual([]);
  expect(await listMachines(desk.terminal)).toEqual({machines: [], damaged: []});
});

test('a kept one stays until its time is over, unless all are meant', async () => {
  const desk = await openDesk();
  await leaveMachine(desk, '2100-01-01T00:00:00.000Z');
  expect((await reapMachines(desk.terminal, {})).reaped).toEqual([]);
  expect((await listMachines(desk.terminal)).machines).toMatchObject([{state: 'kept'}]);
  expect((await reapMachines(desk.terminal, {all: true})).reaped).toHaveLength(1);
});

test('an entry that cannot be read is told besides the others, by both', async () => {
  const desk = await openDesk();
  await leaveMachine(desk);
  await writeFile(join((await desk.session()).paths.journal, 'other.json'), 'no JSON');
  const {machines, damaged} = await listMachines(desk.terminal);
  expect([machines.length, damaged.length]).toEqual([1, 1]);
  const {reaped, left} = await reapMachines(desk.terminal, {});
  expect([reaped.length, left.length]).toEqual([1, 1]);
});

test('there is no shell in a machine that is unknown, or gone', async () => {
  const desk = await openDesk();
  await expect(openShell(desk.terminal, 'x')).rejects.toThrow('x');
  await leaveMachine(desk);
  const {paths} = await desk.session();
  await writeFile(join(paths.state, 'fake-machines/build-spark-x-abc123'), 'stopped');
  await expect(openShell(desk.terminal, 'x')).rejects.toThrow('is stopped');
});
