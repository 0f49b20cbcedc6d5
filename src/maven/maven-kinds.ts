// Remembered answers of repositories and compiled modules, as kinds of cache. Artifacts have a file of their own.
import {join} from 'node:path';
import type {CacheKind} from '../store/inventory.ts';
import {readNames} from '../core/presence.ts';
import {discard, readChangedMs, type KindTools} from '../store/kind-files.ts';
import {listModules} from './module-store.ts';

export function createProbeKind(tools: KindTools): CacheKind {
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

/** Compiled modules by source and guest; what is fetched just now, or was left by a kill, after a day. */
export function createModulesKind(tools: KindTools): CacheKind {
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
