// Owns what is worth saying about a dist in a few lines; reads its folder. Knows nothing of how it was made.
import {readdir, lstat} from 'node:fs/promises';
import {basename, join, relative} from 'node:path';
import {featureScripts, type FeatureScript} from '../catalogue/features.ts';

export interface DistFile {
  /** With its folder, relative to the dist: `lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar`. */
  readonly path: string;
  readonly bytes: number;
}

export interface DistBrief {
  readonly bytes: number;
  readonly files: number;
  readonly jars: number;
  /** The largest jars and those of Spark that matter to users; at most four. */
  readonly mainJars: readonly DistFile[];
  /** Names of those scripts for users that are there, in a fixed order. */
  readonly scripts: readonly string[];
}

const isServer = ({path}: FeatureScript): boolean => path.startsWith('sbin/');
const servers = featureScripts.filter(isServer);
const shells = featureScripts.filter((script) => !isServer(script));

/** What users of a rebuilt Spark look for first; the five that Cloudera's script removes come first. */
const knownScripts = [
  ...servers.map(({path}) => path),
  ...shells.map(({path}) => path),
  'bin/spark-shell',
  'bin/spark-submit',
  'bin/pyspark',
];

/** Reads sizes and names only, no content. Symbolic links are counted as files and not followed. */
export async function readDistBrief(dist: string): Promise<DistBrief> {
  const entries = await readdir(dist, {recursive: true, withFileTypes: true});
  const files = await Promise.all(
    entries
      .filter((entry) => !entry.isDirectory())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return {path: relative(dist, path), bytes: (await lstat(path)).size};
      }),
  );
  return findBrief(files);
}

/** Pure half of readDistBrief. */
export function findBrief(files: readonly DistFile[]): DistBrief {
  const names = new Set(files.map((file) => file.path));
  const jars = files.filter((file) => /^(lib|jars)\/[^/]+\.jar$/.test(file.path));
  const isMain = (file: DistFile): boolean =>
    /^spark-(assembly|hive-thriftserver|sql)_?/.test(basename(file.path));
  const bySize = (a: DistFile, b: DistFile): number => b.bytes - a.bytes || a.path.localeCompare(b.path);
  const main = jars.filter(isMain).sort(bySize);
  const others = jars.filter((jar) => !isMain(jar)).sort(bySize);
  return {
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files: files.length,
    jars: jars.length,
    mainJars: [...main, ...others].slice(0, 4),
    scripts: knownScripts.filter((script) => names.has(script)).map((script) => basename(script)),
  };
}
