// One temporary folder for a whole run of the tests, so that nothing of theirs stays on the host, whatever fails.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export default async function setup(): Promise<() => Promise<void>> {
  const outside = process.env.TMPDIR;
  // Short: Vagrant's rsync has ssh make a socket below it, whose path may have 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'bs-'));
  process.env.TMPDIR = folder; // The test processes, which start after this, inherit it.
  return async () => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
    await rm(folder, {recursive: true, force: true});
  };
}
