// Finds the machine that an operator means. Pure.
import {UsageError} from '../core/errors.ts';
import type {JournalEntry} from './journal.ts';

/** @param id Of a build or of a machine. @throws UsageError naming those that there are. */
export function findEntry(entries: readonly JournalEntry[], id: string): JournalEntry {
  const found = entries.filter((entry) => entry.id === id || entry.buildId === id);
  const [entry] = found;
  if (entry !== undefined && found.length === 1) return entry;
  if (found.length > 1) {
    throw new UsageError(
      `${id} has ${found.length} machines: ${found.map((each) => each.id).join(', ')}.`,
      'Name one of these machines.',
    );
  }
  const others = [...new Set(entries.map(({buildId}) => buildId))];
  throw new UsageError(
    `There is no machine for build ${id}.`,
    others.length === 0
      ? 'A machine that outlives a failure is made with --on-failure keep'
      : `Builds that have one: ${others.join(', ')}`,
  );
}
