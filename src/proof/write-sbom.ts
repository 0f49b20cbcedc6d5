// Reads the jars of a folder that becomes a dist, and lists them in it. Knows no machine.
import {join} from 'node:path';
import {planBytes, readEntries, type JarEntry} from '../distribution/jar.ts';
import {hashFiles, listFolder} from '../distribution/folder-listing.ts';
import {sbomName} from '../distribution/manifest.ts';
import {writeOwn} from '../distribution/own-files.ts';
import {findOrigins, type JarContent, type JarOrigin} from './jar-origins.ts';
import type {Resolved} from './resolved.ts';
import {readPoms} from './versions-inside.ts';
import {renderSbom, type SbomFacts} from './sbom.ts';

/** @returns What the jars are, for the provenance. */
export async function writeSbom(
  dir: string,
  facts: SbomFacts,
  resolved: Resolved,
  signal?: AbortSignal,
): Promise<readonly JarOrigin[]> {
  const origins = findOrigins(await readJars(dir, signal), resolved);
  await writeOwn(dir, sbomName, renderSbom(facts, origins));
  return origins;
}

async function readJars(dir: string, signal?: AbortSignal): Promise<readonly JarContent[]> {
  const {files} = await listFolder(dir);
  const jars = await hashFiles(
    dir,
    files.filter(({path}) => path.endsWith('.jar')),
    signal,
  );
  const contents: JarContent[] = [];
  for (const {path, bytes: size, sha256} of jars) {
    signal?.throwIfAborted();
    const bytes = planBytes(join(dir, path), size);
    const entries: JarEntry[] = [];
    // What is no jar by its content is listed by its name; verify says what is wrong with it.
    await readEntries(bytes, (entry) => entries.push(entry)).catch(() => undefined);
    contents.push({path, sha256, entries, poms: await readPoms({bytes, entries})});
  }
  return contents;
}
