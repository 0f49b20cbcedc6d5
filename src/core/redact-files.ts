// Takes secrets out of files that came from elsewhere. Opens nothing but regular files; knows no file's meaning.
import {readdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {readRegular, writeNew} from './regular-file.ts';

/**
 * Every regular file below a folder, line by line. What cannot be read is removed: nobody could say what is in it. Links
 * and special files are left to those who refuse them.
 */
export async function redactFiles(folder: string, redact: (text: string) => string): Promise<void> {
  for (const entry of await readdir(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await redactFiles(path, redact);
    else if (entry.isFile()) await redactFile(path, redact).catch(() => rm(path, {force: true}));
  }
}

async function redactFile(path: string, redact: (text: string) => string): Promise<void> {
  const bytes = await readRegular(path);
  const text = bytes.toString('latin1'); // Every byte stays what it is, even where that is not text.
  const utf8 = bytes.toString('utf8');
  const isText = Buffer.from(utf8).equals(bytes);
  const before = isText ? utf8 : text;
  const after = before.split('\n').map(redact).join('\n');
  if (after === before) return;
  const beside = `${path}.redacted`;
  await rm(beside, {force: true});
  await writeNew(beside, Buffer.from(after, isText ? 'utf8' : 'latin1'), 0o600);
  await rename(beside, path);
}
