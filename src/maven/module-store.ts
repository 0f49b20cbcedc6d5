// Modules that earlier builds compiled, one tar for each source and guest. Knows nothing of Maven, and trusts no guest:
// what one left is looked through before it is packed, so that no tar holds more than plain files and folders.
import {createHash, randomUUID} from 'node:crypto';
import {mkdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import type {Exec} from '../core/exec.ts';
import {NotRegularError, openRegular} from '../core/regular-file.ts';
import {readNames} from '../core/presence.ts';
import {listPlainFiles} from '../store/plain-files.ts';

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
  const files = await readNames(folder);
  return files.flatMap((file) => {
    const {name, sha256} = pattern.exec(file)?.groups ?? {};
    return name === undefined || sha256 === undefined ? [] : [{name, sha256, path: join(folder, file)}];
  });
}

/** @returns Where a tar of this name and content lies. */
export function planModuleFile(folder: string, name: string, sha256: string): string {
  return join(folder, `${name}.${sha256}.tar`);
}

/** Reads every byte. @returns the tar of this name; a damaged one is removed. */
export async function findModules({paths}: ModuleTools, name: string): Promise<string | undefined> {
  for (const file of await listModules(paths.modules)) {
    if (file.name !== name) continue;
    const sha256 = await hashFile(file.path).catch((error: unknown) => {
      if (error instanceof NotRegularError) return undefined;
      throw error;
    });
    if (sha256 === file.sha256) return file.path;
    await rm(file.path, {force: true});
  }
  return undefined;
}

/** Where what a guest compiled is fetched to; the caller removes it. */
export async function createIncoming({paths}: ModuleTools): Promise<string> {
  const folder = join(paths.modules, `work-${randomUUID()}`);
  await mkdir(folder, {recursive: true, mode: 0o700});
  return folder;
}

/**
 * In one rename, in place of what has this name: whoever reads that goes on reading it.
 * @param folders Below `incoming`, those that were asked for.
 * @throws Error when anything else is there, or anything but plain files in them.
 */
export async function keepModules(
  {exec, paths}: ModuleTools,
  name: string,
  incoming: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const foreign = (await listPlainFiles(incoming)).find(
    (path) => !folders.some((folder) => path.startsWith(`${folder}/`)),
  );
  if (foreign !== undefined)
    throw new Error(`the machine sent ${JSON.stringify(foreign)}, which was not asked for`);
  const draft = `${incoming}.tar`;
  try {
    const plain = ['--owner=0', '--group=0', '--mode=u=rwX,go=rX,ug-s,o-t'];
    await exec(['tar', ...plain, '-cf', draft, '-C', incoming, '.'], {signal});
    const file = `${name}.${await hashFile(draft)}.tar`;
    const older = (await listModules(paths.modules)).filter((each) => each.name === name);
    await rename(draft, join(paths.modules, file));
    for (const {path} of older) if (path !== join(paths.modules, file)) await rm(path, {force: true});
  } finally {
    await rm(draft, {force: true});
  }
}

async function hashFile(path: string): Promise<string> {
  const handle = await openRegular(path);
  const hash = createHash('sha256');
  await pipeline(handle.createReadStream(), hash); // Closes it.
  return hash.digest('hex');
}
