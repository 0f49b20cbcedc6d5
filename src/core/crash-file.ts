// Writes what a bug threw into a file that can be sent. Synchronous, since the process is about to end.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Paths} from './paths.ts';

/** @returns undefined when it cannot be written: then the text is printed instead. */
export function writeCrash(text: string, {state}: Pick<Paths, 'state'>, now: Date): string | undefined {
  const file = join(state, `crash-${now.toISOString().replaceAll(/[:.]/g, '-')}.txt`);
  try {
    mkdirSync(state, {recursive: true, mode: 0o700});
    writeFileSync(file, text, {mode: 0o600});
    return file;
  } catch {
    return undefined;
  }
}
