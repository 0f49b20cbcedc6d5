// Reads the part of a fingerprint that is files of ours: Puppet's code and data, and how commands run in the guest. Knows
// no machine and no dist.
import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import {hashJson, type Definition} from './fingerprint.ts';

/** The part that is the same for all builds of a run; SHA-256 in hex. */
export type GuestHashes = Pick<Definition, 'puppet' | 'hiera'>;

const code = [
  'puppet',
  'vagrant/bootstrap.sh',
  ...['in-guest.sh', 'mvn.sh', 'SharedCompiler.java', 'module-cache'].map((name) => `data/guest/${name}`),
];
/** Data, by its place below the project. */
const isData = (path: string): boolean => /^puppet\/environments\/[^/]+\/(?:data\/|hiera\.yaml$)/.test(path);

/** @param root The checkout, or the folder of the installed package. */
export async function readGuestHashes(root = projectRoot): Promise<GuestHashes> {
  const files = (await Promise.all(code.map((path) => listFiles(join(root, path))))).flat();
  const named = files.map((file) => [relative(root, file).replaceAll('\\', '/'), file] as const);
  const hash = (chosen: typeof named): Promise<string> => hashFiles(chosen);
  const [data, rest] = [named.filter(([path]) => isData(path)), named.filter(([path]) => !isData(path))];
  return {puppet: await hash(rest), hiera: await hash(data)};
}

async function listFiles(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, {recursive: true, withFileTypes: true}).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (entries === undefined) return [path];
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function hashFiles(files: readonly (readonly [string, string])[]): Promise<string> {
  const sorted = files.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const texts = await Promise.all(sorted.map(async ([path, file]) => [path, await readFile(file, 'utf8')]));
  return hashJson(texts);
}
