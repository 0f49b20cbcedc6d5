// Reads what decides, besides the request, what a build gives: Puppet's code and data, how commands run in the guest,
// what stands in for Cloudera's dependencies. Knows no machine and no dist.
import {createHash} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import type {DependencyPlan} from '../maven/dependency-plan.ts';
import type {StandIn} from '../maven/stand-in.ts';
import type {Definition} from '../distribution/definition.ts';

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

/**
 * What we put in place of Cloudera's dependencies. Not Maven's settings: mirrors and proxies are ways to the same
 * files, and may hold a password.
 */
export function hashDependencies(
  {mode, parentPom, bridges, edits, emptyTestJars}: DependencyPlan,
  {installScript}: StandIn,
): string {
  return hashJson([mode, parentPom ?? null, bridges, edits, emptyTestJars, installScript]);
}

/** Name and content of a box, for the definition. @param content What tells one from another of the same name. */
export function renderBox(name: string, content: string | undefined): string {
  return content === undefined ? name : `${name} (${content})`;
}

/**
 * Recipe and packages tell a box built here: its bytes differ each time it is made.
 * @param packages Without them, as long as the box is not there: the beginning of what it will be with them.
 */
export function renderBuiltBox(
  name: string,
  recipeHash: string,
  packages?: Readonly<Record<string, string>>,
): string {
  const recipe = `${name} (recipe ${recipeHash.slice(0, 16)}`;
  if (packages === undefined) return recipe;
  const sorted = Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${recipe}, packages ${hashJson(sorted).slice(0, 16)})`;
}

function hashJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
