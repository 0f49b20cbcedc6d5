// Modules that earlier builds compiled, one tar for each source and guest. Knows no guest and nothing of Maven.
import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, readdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';

export interface ModuleTools {
  readonly exec: Exec;
  readonly paths: {readonly modules: string};
}

/** `<name>.<sha256 of the tar>.tar` */
const pattern = /^(?<name>[\w.-]+)\.(?<sha256>[0-9a-f]{64})\.tar$/;

export interface ModuleFile {
  readonly name: string;
  readonly sha256: string;
  /** Absolute. */
  readonly path: string;
}

export async function listModules(folder: string): Promise<readonly ModuleFile[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  return files.flatMap((file) => {
    const {name, sha256} = pattern.exec(file)?.groups ?? {};
    return name === undefined || sha256 === undefined ? [] : [{name, sha256, path: join(folder, file)}];
  });
}

/** Reads every byte. @returns the tar of this name; a damaged one is removed. */
export async function findModules({paths}: ModuleTools, name: string): Promise<string | undefined> {
  for (const file of await listModules(paths.modules)) {
    if (file.name !== name) continue;
    if ((await hashFile(file.path)) === file.sha256) return file.path;
    await rm(file.path, {force: true});
  }
  return undefined;
}

/** Where what a guest compiled is fetched to; the caller removes it. */
export async function createIncoming({paths}: ModuleTools): Promise<string> {
  const folder = join(paths.modules, `work-${randomUUID()}`);
  await mkdir(folder, {recursive: true});
  return folder;
}

/** In one rename, in place of what has this name: whoever reads that goes on reading it. */
export async function keepModules(
  {exec, paths}: ModuleTools,
  name: string,
  incoming: string,
  signal: AbortSignal,
): Promise<void> {
  const draft = `${incoming}.tar`;
  try {
    await exec(['tar', '--owner=0', '--group=0', '-cf', draft, '-C', incoming, '.'], {signal});
    const file = `${name}.${await hashFile(draft)}.tar`;
    const older = (await listModules(paths.modules)).filter((each) => each.name === name);
    await rename(draft, join(paths.modules, file));
    for (const {path} of older) if (path !== join(paths.modules, file)) await rm(path, {force: true});
  } finally {
    await rm(draft, {force: true});
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
