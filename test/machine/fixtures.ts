// What the tests of src/machine/ share: journal entries and machines that record what is asked of them.
import {hostname} from 'node:os';
import type {JournalEntry} from '../../src/machine/journal.ts';
import type {Machine} from '../../src/machine/machine.ts';

export const dead = {host: hostname(), pid: 4_194_303, startedAt: 'boot:1'};
export const alive = {host: 'elsewhere.invalid', pid: 1, startedAt: 'boot:1'};

export function makeEntry(more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    formatVersion: 1,
    id: 'build-spark-cdh5.7.0-nodeps-aaaaaa',
    buildId: 'cdh5.7.0-nodeps',
    provider: 'fake',
    directory: '/tmp/none',
    owner: dead,
    createdAt: '2026-11-22T20:00:00.000Z',
    ...more,
  };
}

/** Only its end is ever asked for. */
export function makeDoomedMachine(entry: JournalEntry, destroy: Machine['destroy']): Machine {
  const unexpected = (): never => {
    throw new Error('Unexpected call of a machine that is only to be destroyed.');
  };
  return {
    spec: {
      id: entry.id,
      buildId: entry.buildId,
      provider: entry.provider,
      box: {name: ''},
      memoryMib: 0,
      cpus: 0,
      bootTimeoutMs: 0,
    },
    up: unexpected,
    provision: unexpected,
    readGolden: unexpected,
    hasHome: unexpected,
    connect: unexpected,
    state: unexpected,
    readMemoryUse: unexpected,
    destroy,
  };
}
