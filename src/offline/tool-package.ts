// The tool itself as one file that npm installs without asking anybody: what runs here, with the packages that it needs.
import {cp, mkdir, readFile, writeFile} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {gzipSync} from 'node:zlib';
import type {Exec} from '../core/exec.ts';
import {z} from '../core/schema.ts';
import {isThere} from '../core/presence.ts';

const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  files: z.array(z.string()).default([]),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/**
 * @param root Of the checkout, or of the installed package.
 * @param work An empty folder of ours.
 * @returns The package, as `npm pack` would make it, with `node_modules` in it. The same tool gives the same bytes.
 */
export async function packTool(
  exec: Exec,
  root: string,
  work: string,
): Promise<{readonly path: string; readonly name: string}> {
  const own = packageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const folder = join(work, 'package');
  await mkdir(folder, {recursive: true});
  const left = own.files.filter((one) => one.startsWith('!')).map((one) => one.slice(1));
  for (const entry of own.files) {
    if (entry.startsWith('!') || !(await isThere(join(root, entry)))) continue;
    await cp(join(root, entry), join(folder, entry), {
      recursive: true,
      filter: (path) => !left.some((pattern) => matches(path, join(root, pattern))),
    });
  }
  for (const file of ['README.md', 'LICENSE']) {
    if (await isThere(join(root, file))) await cp(join(root, file), join(folder, file));
  }
  const names = Object.keys(own.dependencies);
  for (const path of await listPackages(root, names))
    await copyPackage(path, join(folder, relative(root, path)));
  // What compiles and tests it stays here.
  const shown = {...own, scripts: undefined, devDependencies: undefined, bundleDependencies: names};
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(shown, undefined, 2)}\n`);
  const tar = join(work, 'package.tar');
  const plain = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@1577836800'];
  const modes = '--mode=u=rwX,go=rX,ug-s,o-t';
  await exec(['tar', '--format=gnu', ...plain, modes, '-cf', tar, '-C', work, 'package']);
  const name = `${own.name}-${own.version}.tgz`;
  const path = join(work, name);
  await writeFile(path, gzipSync(await readFile(tar)));
  return {path, name};
}

/** `docs/*.mjs`, the one form of a pattern that package.json has. */
function matches(path: string, pattern: string): boolean {
  const [before = '', after = ''] = pattern.split('*');
  return dirname(path) === dirname(pattern) && path.startsWith(before) && path.endsWith(after);
}

/** The folders of these packages and of all that they need, as node would find them. What is optional may be missing. */
async function listPackages(root: string, names: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const visit = async (from: string, name: string): Promise<void> => {
    const path = findPackage(root, from, name);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const {dependencies} = packageSchema.parse(
      JSON.parse(await readFile(join(path, 'package.json'), 'utf8')),
    );
    for (const each of Object.keys(dependencies)) await visit(path, each);
  };
  for (const name of names) await visit(root, name);
  return [...found].sort();
}

function findPackage(root: string, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return path;
    if (folder === root || dirname(folder) === folder) return undefined;
  }
}

/** Without packages of its own, which are listed by themselves, and without what was compiled for this host. */
async function copyPackage(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|build\/Release|\.git)(?:\/|$)/.test(path.slice(from.length)),
  });
}
