// Says who built a dist from what, as an in-toto statement with the predicate of SLSA's provenance, version 1. Pure.
// Sources: in-toto Attestation Framework, Statement v1; SLSA Build Provenance v1.
import {isDeepStrictEqual} from 'node:util';
import {z} from '../core/schema.ts';
import type {Manifest} from '../distribution/manifest.ts';
import {manifestName} from '../distribution/manifest.ts';
import type {JarOrigin} from './jar-origins.ts';
import {isPacked, type Artifact, type Resolved} from './resolved.ts';
import {renderPurl} from './sbom.ts';

const statementType = 'https://in-toto.io/Statement/v1';
const predicateType = 'https://slsa.dev/provenance/v1';
/** Of what a build of ours is, and where: no address, since each has its own copy of the tool. */
const buildType = 'urn:build-spark:dist:1';
const builderId = 'urn:build-spark:builder:1';

const digestSchema = z.record(z.string(), z.string());

export const statementSchema = z.looseObject({
  _type: z.literal(statementType),
  subject: z.array(z.looseObject({name: z.string(), digest: digestSchema})),
  predicateType: z.literal(predicateType),
  predicate: z.looseObject({
    buildDefinition: z.looseObject({
      buildType: z.string(),
      externalParameters: z.looseObject({source: z.string(), ref: z.string()}),
    }),
    runDetails: z.looseObject({
      builder: z.looseObject({id: z.string()}),
      metadata: z.looseObject({invocationId: z.string().optional()}).optional(),
    }),
  }),
});

/** As `listArtifacts` makes them. */
const artifactSchema = z.strictObject({
  uri: z.string().startsWith('pkg:maven/'),
  digest: z.strictObject({sha256: z.string()}).optional(),
  annotations: z.strictObject({inDist: z.boolean()}),
});

export type Statement = z.infer<typeof statementSchema>;

interface Descriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/**
 * @param manifestSha256 Of manifest.json, which is a subject too: what it says is signed with the files.
 * @param resolved What Maven resolved, of which only what went into the dist is named.
 */
export function renderStatement(
  manifest: Manifest,
  manifestSha256: string,
  jars: readonly JarOrigin[],
  resolved: Resolved,
): string {
  const {buildDefinition, runDetails} = describeBuild(manifest);
  const statement = {
    _type: statementType,
    subject: listSubjects(manifest, manifestSha256).map(([name, sha256]) => ({name, digest: {sha256}})),
    predicateType,
    predicate: {
      buildDefinition: {
        ...buildDefinition,
        resolvedDependencies: [...listSources(manifest), ...listArtifacts(jars, resolved)],
      },
      runDetails,
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}

/** All of the predicate that a manifest decides, but for what went in. */
function describeBuild(manifest: Manifest) {
  return {
    buildDefinition: {
      buildType,
      externalParameters: describeParameters(manifest),
      internalParameters: {
        mavenOpts: manifest.mavenOpts,
        mavenOptions: manifest.mavenOptions,
        machine: manifest.machine,
        undelete: manifest.undelete,
        replaced: manifest.replaced,
      },
    },
    runDetails: {
      builder: {id: builderId, version: {'build-spark': manifest.toolVersion}},
      metadata: {
        invocationId: renderInvocation(manifest),
        startedOn: manifest.startedAt,
        finishedOn: manifest.finishedAt,
      },
    },
  };
}

/**
 * What a statement says otherwise than it would have been made of this manifest. Of the artifacts that Maven resolved the
 * manifest knows nothing: there only their form counts. Pure.
 * @returns Names of those parts, such as `externalParameters.source`.
 */
export function findUnlike({predicate}: Statement, manifest: Manifest): readonly string[] {
  const expected = JSON.parse(
    JSON.stringify({...describeBuild(manifest), sources: listSources(manifest)}),
  ) as {buildDefinition: Parts; runDetails: Parts; sources: readonly unknown[]};
  const {resolvedDependencies, ...buildDefinition} = predicate.buildDefinition;
  const dependencies: readonly unknown[] = Array.isArray(resolvedDependencies) ? resolvedDependencies : [];
  const {sources} = expected;
  const areSame =
    isDeepStrictEqual(dependencies.slice(0, sources.length), sources) &&
    dependencies.slice(sources.length).every((each) => artifactSchema.safeParse(each).success);
  return [
    ...Object.keys(predicate).filter((key) => key !== 'buildDefinition' && key !== 'runDetails'),
    ...findUnlikeParts({...buildDefinition}, expected.buildDefinition),
    ...findUnlikeParts({...predicate.runDetails}, expected.runDetails),
    ...(areSame ? [] : ['resolvedDependencies']),
  ];
}

type Parts = Readonly<Record<string, unknown>>;

/** Two levels deep, so that the name says enough. */
function findUnlikeParts(said: Parts, expected: Parts, above = ''): readonly string[] {
  return [...new Set([...Object.keys(said), ...Object.keys(expected)])].flatMap((key) => {
    const [one, other] = [said[key], expected[key]];
    if (isDeepStrictEqual(one, other)) return [];
    return above === '' && isParts(one) && isParts(other)
      ? findUnlikeParts(one, other, `${key}.`)
      : [`${above}${key}`];
  });
}

function isParts(value: unknown): value is Parts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every file of the dist that the statement answers for, with its SHA-256. */
export function listSubjects(
  {files}: Pick<Manifest, 'files'>,
  manifestSha256: string,
): readonly (readonly [string, string])[] {
  return [...files.map(({path, sha256}) => [path, sha256] as const), [manifestName, manifestSha256]];
}

/** Which build it was: one host makes no two of a release at once. */
export function renderInvocation({release, startedAt}: Pick<Manifest, 'release' | 'startedAt'>): string {
  return `${release} ${startedAt}`;
}

/** What the operator asked for. */
function describeParameters(manifest: Manifest): Readonly<Record<string, unknown>> {
  const {source, tag, features, deps, dependencies, label, forcedUnsupported, sourceDateEpoch} = manifest;
  return {
    ...{source, ref: tag, features, deps, dependencies, label, forcedUnsupported},
    arguments: manifest.arguments,
    reproducible: sourceDateEpoch !== undefined,
  };
}

/** Of what it was made, as far as the manifest knows. */
function listSources(manifest: Manifest): readonly Descriptor[] {
  const {source, tag, commit, patches, guest, box, definition} = manifest;
  return [
    {
      name: 'source',
      uri: /^[a-z+]+:\/\//.test(source)
        ? `git+${source}@${tag}`
        : `urn:build-spark:source:${encodeURIComponent(source)}`,
      // https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
      digest: {gitCommit: commit},
    },
    ...patches.map(({name, sha256}) => ({name: `patch ${name}`, digest: {sha256}})),
    {
      name: `box ${box.name}`,
      ...(box.checksum?.startsWith('sha256:') === true
        ? {digest: {sha256: box.checksum.slice('sha256:'.length)}}
        : {}),
      annotations: {recipeHash: box.recipeHash, golden: box.golden, verified: box.verified, definition},
    },
    {name: 'jdk', annotations: {version: guest.jdk}},
    {name: 'maven', annotations: {version: guest.maven}},
    {name: 'os', annotations: {version: guest.os}},
    ...Object.entries(guest.packages).map(([name, version]) => ({
      name: `package ${name}`,
      annotations: {version},
    })),
  ];
}

/** The artifacts whose content is in the dist, and those that its modules were compiled with. */
function listArtifacts(jars: readonly JarOrigin[], {artifacts, modules}: Resolved): readonly Descriptor[] {
  const own = (artifact: Artifact): boolean =>
    modules.has(`${artifact.group}:${artifact.name}:${artifact.version}`);
  const packed = jars.flatMap(({artifact, by, packed: inner}) => [
    ...(artifact !== undefined && by === 'checksum' ? [artifact] : []),
    ...inner.map((each) => each.artifact),
  ]);
  const inside = new Set(packed);
  const compiled = [...modules.values()].flatMap((members) =>
    [...members].flatMap(([key, scope]) => {
      const artifact = artifacts.get(key);
      return artifact !== undefined && (isPacked(scope) || scope === 'provided') ? [artifact] : [];
    }),
  );
  return [...new Set([...packed, ...compiled])]
    .filter((artifact) => !own(artifact) && artifact.group !== '')
    .map((artifact) => ({
      uri: renderPurl(artifact),
      ...(artifact.sha256 === undefined ? {} : {digest: {sha256: artifact.sha256}}),
      annotations: {inDist: inside.has(artifact)},
    }))
    .sort((one, other) => (one.uri < other.uri ? -1 : 1));
}
