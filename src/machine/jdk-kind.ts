// The JDK's packages that box recipes keep, as a kind of cache.
import {join} from 'node:path';
import {tryLock} from '../core/lock.ts';
import type {CacheKind} from '../store/inventory.ts';
import {readNames} from '../core/presence.ts';
import {discard, type KindTools} from '../store/kind-files.ts';
import {listCatalogue, readBoxCatalogue} from './box-catalogue.ts';
import {planBoxLock} from './boxes.ts';

/** The JDK's packages by architecture: kept because Debian's unstable forgets them. Only box recipes read them. */
export function createJdkKind(tools: KindTools): CacheKind {
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

/** @returns undefined when somebody holds one of them. */
async function tryLocks<T>(
  [first, ...rest]: readonly string[],
  tools: KindTools,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (first === undefined) return work();
  return tryLock(first, tools, () => tryLocks(rest, tools, work));
}
