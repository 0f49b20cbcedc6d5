// What can be said of a dist that has no manifest: one made by hand, by Cloudera's own script, or a parcel's.
import {join} from 'node:path';
import {features} from '../catalogue/features.ts';
import type {RefFacts} from '../catalogue/ref-facts.ts';
import {readCatalogue} from '../catalogue/release-list.ts';
import {renderPath} from '../core/inner-paths.ts';
import {isTaken} from '../core/presence.ts';
import {readRegular} from '../core/regular-file.ts';
import {hashFiles, listFolder} from '../distribution/folder-listing.ts';
import {readJarFacts} from '../distribution/jars.ts';
import {manifestName, readSums, sumsName} from '../distribution/manifest.ts';
import {judge, type Check} from '../distribution/verify-files.ts';
import {parseRelease, type ReleaseFile} from '../maven/release-file.ts';

/** @returns None for a dist with a manifest, be it a damaged one. */
export async function checkUnlisted(dir: string, signal?: AbortSignal): Promise<readonly Check[]> {
  if (await isTaken(join(dir, manifestName))) return [];
  const text = await readRegular(join(dir, 'RELEASE'), 64 * 1024).catch(() => undefined);
  const release = text === undefined ? undefined : parseRelease(text.toString('utf8'));
  return [
    ...(release === undefined ? [] : [checkSource(release, await readCatalogue())]),
    await describeContent(dir, signal),
    await checkSums(dir, signal),
  ];
}

/** Pure. Whether what RELEASE names is a known release. */
function checkSource({version, revision}: ReleaseFile, catalogue: readonly RefFacts[]): Check {
  if (revision === undefined)
    return judge('source', [], `RELEASE names ${version} and no commit; Spark before 1.1 writes none`);
  const found = catalogue.find(({commit}) => commit.startsWith(revision));
  if (found === undefined)
    return judge(
      'source',
      [],
      `git revision ${revision} is of no known release: it is another commit, or one with changes of somebody's own`,
    );
  const isSame = found.projectVersion === version;
  return judge(
    'source',
    isSame
      ? []
      : [
          `git revision ${revision} is ${found.tag}, which is ${found.projectVersion}, and RELEASE names ${version}`,
        ],
    `git revision ${revision} is that of ${found.tag}; nothing tells whether it was changed before the build`,
  );
}

async function describeContent(dir: string, signal?: AbortSignal): Promise<Check> {
  const {files} = await listFolder(dir);
  const {mainJars, found, hadoopClasses, entries} = await readJarFacts(
    dir,
    files.map(({path}) => path),
    signal,
  );
  const there = features
    .filter(({classes}) => classes.some((proof) => proof.classes.some((name) => found.has(name))))
    .map(({name}) => name);
  const hadoop =
    hadoopClasses.count === 0
      ? 'no classes of Hadoop and Hive, as in --deps provided'
      : `${hadoopClasses.count} classes of Hadoop and Hive, as in --deps bundled`;
  return judge(
    'holds',
    [],
    `${files.length} files; ${mainJars.length} jars with ${entries} entries; features by their classes: ${there.join(' and ') || 'none'}; ${hadoop}`,
  );
}

/** Somebody may have written one by hand. */
async function checkSums(dir: string, signal?: AbortSignal): Promise<Check> {
  const sums = await readSums(dir);
  if (sums === undefined)
    return judge(sumsName, [], 'there is none, so nothing tells whether a file was changed');
  const {files} = await listFolder(dir);
  const hashed = new Map((await hashFiles(dir, files, signal)).map(({path, sha256}) => [path, sha256]));
  const wrong = sums.filter(({path, sha256}) => hashed.get(path) !== sha256).map(({path}) => path);
  const named = new Set([sumsName, ...sums.map(({path}) => path)]);
  const unnamed = files.filter(({path}) => !named.has(path)).length;
  return judge(
    sumsName,
    wrong.map((path) => `${renderPath(path)} is missing, or differs from what ${sumsName} names`),
    `${sums.length} files are as it names them; it does not name ${unnamed} others`,
  );
}
