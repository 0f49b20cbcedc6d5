// The kinds of cache that are plain files below our folder: mirrors, sample, source trees, probes, the JDK's packages.
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import {tryLock, type LockTools} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import {isAlive} from '../core/process-identity.ts';
import {isAbandoned, readFolderOwner} from '../source/work-folder.ts';
import {listCatalogue, readBoxCatalogue} from './box-catalogue.ts';
import {planBoxLock} from './boxes.ts';
import type {CacheEntry, CacheKind} from './inventory.ts';
import {listModules} from './module-store.ts';
import {moveToTrash, type TrashTools} from './trash.ts';

export interface KindTools extends TrashTools, LockTools {
  readonly paths: Paths;
}

export function createPlainKinds(tools: KindTools): readonly CacheKind[] {
  return [
    createGitKind(tools),
    createSampleKind(tools),
    createSourceKind(tools),
    createProbeKind(tools),
    createJdkKind(tools),
    createModulesKind(tools),
  ];
}

/** One bare mirror a source; its name is the source's slug. Nobody fetches into it while it is taken away. */
function createGitKind(tools: KindTools): CacheKind {
  const folder = tools.paths.git;
  return {
    name: 'git',
    folders: [folder],
    list: async () =>
      (await readNames(folder))
        .filter((name) => /^[^.].*\.git$/.test(name))
        .map((name) => ({kind: 'git', name: name.slice(0, -'.git'.length), paths: [join(folder, name)]})),
    remove: async (entry) =>
      (await tryLock(join(folder, `${entry.name}.lock`), tools, () => discard(entry, tools))) ?? 'busy',
  };
}

/** Repositories of the sample, of this and of other versions; drafts of them after an hour. */
function createSampleKind(tools: KindTools): CacheKind {
  const folder = tools.paths.sample;
  return {
    name: 'sample',
    folders: [folder],
    list: async () =>
      (await readNames(folder))
        .filter((name) => /^sample-.*\.git$|^\.unfinished-/.test(name))
        .map((name) => ({kind: 'sample', name, paths: [join(folder, name)]})),
    remove: async (entry) => {
      const [path = ''] = entry.paths;
      const isYoung = tools.clock.now().getTime() - (await readChangedMs(path)) < 3_600_000;
      return entry.name.startsWith('.') && isYoung ? 'busy' : discard(entry, tools);
    },
  };
}

/** Trees that are being prepared, and those of processes that were killed. */
function createSourceKind(tools: KindTools): CacheKind {
  const {clock, paths} = tools;
  return {
    name: 'source',
    folders: [paths.source],
    list: async () =>
      Promise.all(
        (await readNames(paths.source))
          .filter((name) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name))
          .map(async (name): Promise<CacheEntry> => {
            const path = join(paths.source, name);
            const owner = await readFolderOwner(path);
            const usedBy = owner !== undefined && (await isAlive(owner, tools)) ? [owner] : [];
            return {kind: 'source', name, paths: [path], usedBy};
          }),
      ),
    remove: async (entry) => {
      const [path = ''] = entry.paths;
      return (await isAbandoned(path, tools, clock.now())) ? discard(entry, tools) : 'busy';
    },
  };
}

function createProbeKind(tools: KindTools): CacheKind {
  const folder = tools.paths.probes;
  return {
    name: 'probe',
    folders: [folder],
    list: async () =>
      (await readNames(folder))
        .filter((name) => name.endsWith('.json'))
        .map((name) => ({kind: 'probe', name: name.slice(0, -'.json'.length), paths: [join(folder, name)]})),
    remove: (entry) => discard(entry, tools),
  };
}

/** The JDK's packages by architecture: kept because Debian's unstable forgets them. Only box recipes read them. */
function createJdkKind(tools: KindTools): CacheKind {
  const {boxes} = tools.paths;
  const folder = join(boxes, 'jdk8');
  return {
    name: 'jdk',
    folders: [folder],
    list: async () =>
      (await readNames(folder)).map((name) => ({
        kind: 'jdk',
        name: `jdk8 ${name}`,
        paths: [join(folder, name)],
      })),
    remove: async (entry) => {
      const built = listCatalogue(await readBoxCatalogue()).filter(({recipe}) => recipe !== undefined);
      const locks = built.map((box) => planBoxLock(tools.paths, box));
      return (await tryLocks([...new Set(locks)], tools, () => discard(entry, tools))) ?? 'busy';
    },
  };
}

/** Compiled modules by source and guest; what is fetched just now, or was left by a kill, after a day. */
function createModulesKind(tools: KindTools): CacheKind {
  const folder = tools.paths.modules;
  return {
    name: 'modules',
    folders: [folder],
    list: async () => [
      ...(await listModules(folder)).map(({name, path}) => ({kind: 'modules', name, paths: [path]})),
      ...(await readNames(folder))
        .filter((name) => name.startsWith('work-'))
        .map((name) => ({kind: 'modules', name, paths: [join(folder, name)]})),
    ],
    remove: async (entry) => {
      const [path = ''] = entry.paths;
      const isYoung = tools.clock.now().getTime() - (await readChangedMs(path)) < 86_400_000;
      return entry.name.startsWith('work-') && isYoung ? 'busy' : discard(entry, tools);
    },
  };
}

/** @returns undefined when somebody holds one of them. */
async function tryLocks<T>(
  [first, ...rest]: readonly string[],
  tools: KindTools,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (first === undefined) return work();
  return tryLock(first, tools, () => tryLocks(rest, tools, work));
}

async function discard(entry: CacheEntry, tools: TrashTools): Promise<'removed'> {
  for (const path of entry.paths) await moveToTrash(path, tools);
  return 'removed';
}

async function readChangedMs(path: string): Promise<number> {
  return (await stat(path).catch(() => ({mtimeMs: 0}))).mtimeMs;
}

async function readNames(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
}
