// Makes a fetched folder tell what it is: the list of what is in it, its manifest, who built it from what.
import {utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {createRedactor, redactDeep} from '../core/redact.ts';
import {sbomName, writeManifest, type ManifestFacts} from '../distribution/manifest.ts';
import {renderStatement} from './provenance.ts';
import {parseResolved} from './resolved.ts';
import {writeSbom} from './write-sbom.ts';

export interface ProofOptions {
  /** What Maven resolved, as ResolvedArtifacts.java wrote it. */
  readonly resolved: string;
  readonly redact?: (text: string) => string;
  readonly signal?: AbortSignal | undefined;
}

/** @throws BuildError when the folder holds what no dist may hold, or a name that is ours. */
export async function proveDist(
  dir: string,
  facts: ManifestFacts,
  {resolved: text, redact = createRedactor(), signal}: ProofOptions,
): Promise<void> {
  const resolved = parseResolved(text);
  const shown = redactDeep(facts, redact) as ManifestFacts;
  const jars = await writeSbom(dir, shown, resolved, signal);
  // As all that came out of the machine has it.
  const {sourceDateEpoch: seconds} = shown;
  if (seconds !== undefined) await utimes(join(dir, sbomName), seconds, seconds);
  await writeManifest(dir, shown, {
    redact,
    signal,
    renderStatement: (manifest, sha256) => renderStatement(manifest, sha256, jars, resolved),
  });
}
