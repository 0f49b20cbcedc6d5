// The lock file, as `npm ci` on another machine will read it.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';

type Wanted = Readonly<Record<string, string>>;

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Wanted;
  readonly optionalDependencies?: Wanted;
}

async function readLocked(): Promise<Readonly<Record<string, LockedPackage>>> {
  const text = await readFile(join(projectRoot, 'package-lock.json'), 'utf8');
  const {packages} = JSON.parse(text) as {readonly packages: Readonly<Record<string, LockedPackage>>};
  return packages;
}

test('each package has a version and a checksum, and none an address', async () => {
  const {'': root, ...locked} = await readLocked();
  expect(root).toBeDefined();
  const faulty = Object.entries(locked).filter(
    ([, {version, integrity, resolved}]) =>
      version === undefined || integrity === undefined || resolved !== undefined,
  );
  expect(faulty.map(([path]) => path)).toEqual([]);
});

// `npm pack` runs our own script, so .npmrc cannot switch off all: whoever types `npm ci` runs these two.
test('no package but ssh2 and optional parts of two runs a script when it is installed', async () => {
  const locked = Object.entries(await readLocked());
  const names = locked.filter(([, {hasInstallScript}]) => hasInstallScript === true).map(([path]) => path);
  // msgpackr (of bullmq) does without its optional part, and is bundled without it.
  expect(names).toEqual(['node_modules/cpu-features', 'node_modules/msgpackr-extract', 'node_modules/ssh2']);
});

// npm left them out, once, when it replaced a package that has a part for each system: nobody else could install.
test('what a package wants is there, the parts for other systems too', async () => {
  const locked = Object.entries(await readLocked());
  const there = new Set<string>();
  for (const [path, {version = ''}] of locked) {
    const name = path.replace(/^.*node_modules\//, '');
    there.add(name).add(`${name}@${version}`);
  }
  const missing = locked.flatMap(([, {dependencies, optionalDependencies}]) =>
    Object.entries({...dependencies, ...optionalDependencies})
      .map(([name, wanted]) => (/^\d[\w.-]*$/.test(wanted) ? `${name}@${wanted}` : name))
      .filter((name) => !there.has(name)),
  );
  expect(missing).toEqual([]);
});
