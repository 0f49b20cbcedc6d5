// Makes of a dist what Cloudera Manager takes: a parcel for each system, hashes, a service, the folder's manifest.
import {constants, copyFile, link, readFile, rename, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import {planDraft, writeDraft} from '../core/draft-file.ts';
import {BuildError, hasErrorCode} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {listFolder} from '../distribution/folder-listing.ts';
import {readManifest, type Manifest} from '../distribution/manifest.ts';
import {createOutputFolder, explainRefusal} from '../distribution/output-folder.ts';
import {verifyDist} from '../distribution/verify-dist.ts';
import {writeServiceJar} from './service-jar.ts';
import {renderParcelFiles, type ParcelFile, type ParcelScripts} from './parcel-files.ts';
import {planParcel, renderParcelName, type ParcelPlan} from './parcel-plan.ts';
import {writeRepository, type Repository} from './repository.ts';
import {planEntries, type TarEntry} from './tar-entries.ts';
import {writeArchive} from './write-archive.ts';

export interface MadeParcels {
  readonly plan: ParcelPlan;
  /** File names in the folder. */
  readonly parcels: readonly string[];
  readonly sha1: string;
  /** Of the service; undefined for a dist without a Thriftserver. */
  readonly service: string | undefined;
  readonly repository: Repository;
}

/**
 * @param dist Absolute path. @param output Made where it is not there. @param distros Checked ones.
 * @throws BuildError when the dist is not what its manifest says, HostError when the folder cannot be written.
 */
export async function makeParcels(
  dist: string,
  output: string,
  distros: readonly string[],
  now: number,
  signal: AbortSignal,
): Promise<MadeParcels> {
  const verdict = await verifyDist(dist, {}, signal);
  const failed = verdict.checks.find(({ok}) => !ok);
  if (failed !== undefined)
    throw new BuildError(
      // The manifest's own sentence names the folder.
      failed.name === 'manifest' ? failed.message : `${dist} is not what it should be: ${failed.message}.`,
      `Look at all of it: build-spark verify ${dist}`,
    );
  const manifest = await readManifest(dist);
  const plan = planParcel(manifest);
  const own = renderParcelFiles(plan, manifest, basename(dist), await readScripts());
  // What is there, and nothing else: it was held against the manifest, which cannot name all of it.
  const entries = planEntries(plan, await listFolder(dist), own);
  await createOutputFolder(output);
  try {
    return await writeAll(dist, output, distros, {plan, entries, own, manifest, now, signal});
  } catch (error) {
    if (!hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM')) throw error;
    throw await explainRefusal(output, error);
  }
}

interface Prepared {
  readonly plan: ParcelPlan;
  readonly entries: readonly TarEntry[];
  readonly own: readonly ParcelFile[];
  readonly manifest: Manifest;
  readonly now: number;
  readonly signal: AbortSignal;
}

async function writeAll(
  dist: string,
  output: string,
  distros: readonly string[],
  {plan, entries, own, manifest, now, signal}: Prepared,
): Promise<MadeParcels> {
  const [first = '', ...others] = distros.map((distro) => renderParcelName(plan, distro));
  // Nothing of that name is read half: not by a server, not by a Cloudera Manager that looks at its own folder.
  const sha1 = await writeDraft(
    join(output, first),
    (handle) => writeArchive(handle, dist, entries, plan.madeAt, signal),
    0o644,
  );
  for (const other of others) await placeCopy(join(output, first), join(output, other));
  const names = [first, ...others];
  for (const name of names)
    for (const ending of ['sha', 'sha1'])
      await writeFileAtomic(join(output, `${name}.${ending}`), `${sha1}\n`, {mode: 0o644});
  const service = manifest.features.includes('thriftserver')
    ? await writeServiceJar(plan, manifest.release, output)
    : undefined;
  const known = {hash: sha1, meta: listMeta(own)};
  const repository = await writeRepository(output, new Map(names.map((name) => [name, known])), now, signal);
  return {plan, parcels: names, sha1, service, repository};
}

/** The texts of the folder meta, by name. */
function listMeta(files: readonly ParcelFile[]): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap((file) =>
      'text' in file && file.path.startsWith('meta/')
        ? [[file.path.slice('meta/'.length), file.text] as const]
        : [],
    ),
  );
}

/** The same file under another name; a copy where there are no hard links. */
async function placeCopy(from: string, to: string): Promise<void> {
  const draft = planDraft(to);
  try {
    await link(from, draft).catch(async (error: unknown) => {
      if (!hasErrorCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK')) throw error;
      await copyFile(from, draft, constants.COPYFILE_EXCL);
    });
    await rename(draft, to);
  } finally {
    // Of two names of one file, rename() leaves both.
    await rm(draft, {force: true});
  }
}

async function readScripts(): Promise<ParcelScripts> {
  const read = (path: string): Promise<string> => readFile(join(projectRoot, 'data', path), 'utf8');
  const [command, cluster, server] = await Promise.all([
    read('parcel/command.sh'),
    read('parcel/cluster.sh'),
    read('node/server.sh'),
  ]);
  return {command, cluster, server};
}
