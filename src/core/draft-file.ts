// Writes a large file beside its target, under a name that nobody else has, and gives it the target's name when it is whole.
import {randomBytes} from 'node:crypto';
import {open, rename, rm, type FileHandle} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

/**
 * What had the target's name before is replaced in one rename, and stays where the writing fails. Two who write one target
 * at once do not meet: the last has it.
 * @param write Gets the open file, which it may close.
 */
export async function writeDraft<T>(
  target: string,
  write: (handle: FileHandle) => Promise<T>,
  mode = 0o666,
): Promise<T> {
  const draft = planDraft(target);
  // `wx`: a link that somebody put there is not followed. From here on it is ours to remove.
  const handle = await open(draft, 'wx', mode);
  try {
    const written = await write(handle);
    await handle.close();
    await rename(draft, target);
    return written;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, {force: true});
    throw error;
  }
}

/** Hidden, and never longer than a name may be: 255 bytes. */
export function planDraft(target: string): string {
  const name = Array.from(basename(target)).slice(0, 50).join('');
  return join(dirname(target), `.${name}.unfinished-${randomBytes(6).toString('hex')}`);
}
