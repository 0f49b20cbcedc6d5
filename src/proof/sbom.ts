// Writes what is in a dist as CycloneDX 1.6. Pure; knows no file. The library makes all but the pedigree, for which its
// models have no place: docs/adr/0029-proof.md
import {createHash} from 'node:crypto';
import {Factories} from '@cyclonedx/cyclonedx-library/Contrib/License';
import {ComponentType, HashAlgorithm} from '@cyclonedx/cyclonedx-library/Enums';
import {Bom, Component, Metadata, Property, Tools} from '@cyclonedx/cyclonedx-library/Models';
import {JSON as Json, JsonSerializer} from '@cyclonedx/cyclonedx-library/Serialize';
import {Spec1dot6} from '@cyclonedx/cyclonedx-library/Spec';
import {PackageURL} from 'packageurl-js';
import type {ManifestFacts} from '../distribution/manifest.ts';
import type {JarOrigin, PackedArtifact} from './jar-origins.ts';
import type {Artifact} from './resolved.ts';

/** What the list says of the dist as a whole. */
export type SbomFacts = Pick<
  ManifestFacts,
  | 'source'
  | 'tag'
  | 'commit'
  | 'release'
  | 'projectVersion'
  | 'toolVersion'
  | 'patches'
  | 'undelete'
  | 'sourceDateEpoch'
  | 'finishedAt'
>;

/** Sentences of the properties, so that a reader needs no page of ours. */
const howTexts: Readonly<Record<PackedArtifact['how'], string>> = {
  same: 'its classes are in this jar as they are in the artifact',
  changed: 'its classes are in this jar under their names, with different content',
  moved: 'its classes are in this jar under different names',
  named: 'Maven resolved it for this jar, or its pom.properties is in it; no class of it was looked for',
};
const byTexts: Readonly<Record<JarOrigin['by'], string>> = {
  checksum: 'it has the checksum of the artifact that Maven resolved',
  module: 'Maven made it, of the module that its pom.properties names',
  'pom.properties': 'its pom.properties',
  name: 'its name',
};

const licences = new Factories.LicenseFactory(() => undefined);

/** The same bytes for the same dist, but for the time, which with --reproducible is the commit's. */
export function renderSbom(facts: SbomFacts, jars: readonly JarOrigin[]): string {
  const {release, projectVersion, toolVersion, finishedAt, sourceDateEpoch} = facts;
  const spark = new Component(ComponentType.Application, 'spark', {
    bomRef: 'dist',
    group: 'com.cloudera',
    version: projectVersion ?? release,
    description: `Spark of ${release}, built from source`,
  });
  const bom = new Bom({
    serialNumber: renderSerial(facts, jars),
    metadata: new Metadata({
      timestamp: sourceDateEpoch === undefined ? new Date(finishedAt) : new Date(sourceDateEpoch * 1000),
      component: spark,
      tools: new Tools(),
    }),
  });
  bom.metadata.tools.components.add(
    new Component(ComponentType.Application, 'build-spark', {version: toolVersion}),
  );
  const refs = new Set(jars.map(({path}) => path));
  for (const jar of jars) {
    const component = renderJar(jar, refs);
    spark.dependencies.add(component.bomRef);
    bom.components.add(component);
  }
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  const document = JSON.parse(serializer.serialize(bom, {sortLists: true})) as {
    metadata: {component: Record<string, unknown>};
  };
  document.metadata.component.pedigree = renderPedigree(facts);
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** @param refs Names that are taken; those of this jar are added. */
function renderJar({path, sha256, artifact, by, packed}: JarOrigin, refs: Set<string>): Component {
  const component = renderArtifact(artifact, path, path);
  component.hashes.set(HashAlgorithm['SHA-256'], sha256);
  component.properties.add(new Property('build-spark:path', path));
  component.properties.add(new Property('build-spark:known-by', byTexts[by]));
  for (const {artifact: inner, how} of packed) {
    const ref = `${path}#${renderPurl(inner)}`;
    // A jar may hold several pom.properties of one artifact; the library would make a random name of the second.
    if (refs.has(ref)) continue;
    refs.add(ref);
    const part = renderArtifact(inner, inner.name, ref);
    // Of the artifact as Maven resolved it: of what was moved into a jar there is no other.
    if (inner.sha256 !== undefined) part.hashes.set(HashAlgorithm['SHA-256'], inner.sha256);
    part.properties.add(new Property('build-spark:packed', howTexts[how]));
    component.components.add(part);
    component.dependencies.add(part.bomRef);
  }
  return component;
}

function renderArtifact(artifact: Artifact | undefined, fallback: string, bomRef: string): Component {
  const {group = '', name = fallback, version = ''} = artifact ?? {};
  const component = new Component(ComponentType.Library, name, {
    bomRef,
    ...(group === '' ? {} : {group}),
    ...(version === '' ? {} : {version}),
    ...(artifact === undefined || group === '' ? {} : {purl: renderPurl(artifact)}),
  });
  for (const licence of artifact?.licences ?? []) component.licenses.add(licences.makeDisjunctive(licence));
  return component;
}

export function renderPurl({group, name, version, type, classifier}: Artifact): string {
  const qualifiers = {
    ...(type === 'jar' || type === '' ? {} : {type}),
    ...(classifier === undefined ? {} : {classifier}),
  };
  const own = Object.keys(qualifiers).length === 0 ? undefined : qualifiers;
  return new PackageURL(
    'maven',
    group === '' ? undefined : group,
    name,
    version || undefined,
    own,
  ).toString();
}

/** Where it comes from, and what was changed: ours and the operator's patches as such, by content. */
function renderPedigree({source, tag, commit, patches, undelete}: SbomFacts): unknown {
  const isPublic = /^(?:https?|git|ssh):/.test(source);
  const resolve = (name: string, description: string): unknown => ({
    type: 'unofficial',
    resolves: [{type: 'enhancement', name, description}],
  });
  return {
    commits: [{uid: commit, ...(isPublic ? {url: source} : {}), message: `${tag} of ${source}`}],
    patches: [
      ...(undelete.status === 'edited'
        ? [resolve('undelete.patch', `keeps ${undelete.kept.join(', ')}; sha256 ${undelete.sha256 ?? ''}`)]
        : []),
      ...patches.map(({name, sha256}) => resolve(name, `sha256 ${sha256}`)),
    ],
  };
}

/** The same for the same jars of the same source. */
function renderSerial({commit, patches}: SbomFacts, jars: readonly JarOrigin[]): string {
  const all = JSON.stringify([commit, patches, jars.map(({path, sha256}) => [path, sha256])]);
  const hex = createHash('sha256').update(all).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  // A UUID of version 8: one's own way of making it. RFC 9562, section 5.8.
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
