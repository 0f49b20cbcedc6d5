// Mirrors of sources, the sample's repositories and trees that are being prepared, as kinds of cache.
import {join} from 'node:path';
import {tryLock} from '../core/lock.ts';
import {isAlive} from '../core/process-identity.ts';
import type {CacheEntry, CacheKind} from '../store/inventory.ts';
import {readNames} from '../core/presence.ts';
import {discard, readChangedMs, type KindTools} from '../store/kind-files.ts';
import {isAbandoned, readFolderOwner} from './work-folder.ts';

export function createSourceKinds(tools: KindTools): readonly CacheKind[] {
  return [createGitKind(tools), createSampleKind(tools), createSourceKind(tools)];
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
