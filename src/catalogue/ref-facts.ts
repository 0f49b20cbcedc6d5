// What one ref of a Spark source is and can give. Knows no git, no network and no build options.

import {createHash} from 'node:crypto';
import type {MavenCoordinates} from '../maven/pom.ts';
import type {FeatureName} from './features.ts';

export type {MavenCoordinates};

/**
 * `patched`: it can be built because we ship a patch for it. `no`: the reason says what prevents it; with a patch, that
 * nobody has built a release of its line with it yet: `--force-unsupported` tries.
 */
export type Capability =
  | {readonly status: 'yes'; readonly reason?: string}
  | {
      readonly status: 'patched';
      readonly reason: string;
      /** Its id: the name of its file in patches/thriftserver. */
      readonly patch: string;
    }
  | {readonly status: 'no'; readonly reason: string; readonly patch?: string};

/** Read from the files of one commit, or from the catalogue when the commit is the catalogue's. */
export interface RefFacts extends Readonly<Record<FeatureName, Capability>> {
  /** The ref as it was named: `cdh5.7.0-release`, `refs/heads/x`, a commit id. */
  readonly tag: string;
  /** 40 hex digits, of the commit itself even when the tag is annotated. */
  readonly commit: string;
  /** `5.7.0`, `5.0.0-beta-2`; absent where the parent is not Cloudera's and the tag does not say. */
  readonly cdhVersion?: string | undefined;
  /** `1.6.0` */
  readonly sparkVersion: string;
  /** As in the root pom: `1.6.0-cdh5.7.0`. */
  readonly projectVersion: string;
  readonly parent?: MavenCoordinates | undefined;
  readonly hadoopVersion?: string | undefined;
  readonly hiveVersion?: string | undefined;
  /** The poms' java.version: `1.7`. What we build with is JDK 8 for all. */
  readonly javaVersion: string;
  readonly scalaVersion?: string | undefined;
  /** `2.10` */
  readonly scalaBinary: string;
  /** Of the enforcer rule: `3.3.3`. */
  readonly mavenMinimum: string;
  /** Path of the distribution script in the tree. */
  readonly script: 'make-distribution.sh' | 'dev/make-distribution.sh';
  /** What the script understands. */
  readonly scriptOptions: {
    readonly mvn: boolean;
    readonly skipJavaTest: boolean;
  };
  /** `sbt`: the script of 0.9 calls sbt and takes no Maven arguments. */
  readonly buildTool: 'maven' | 'sbt';
  /** The block that removes scripts at the end of the script. */
  readonly removal:
    | {readonly status: 'absent'}
    | {readonly status: 'present'; readonly line: number; readonly scripts: readonly string[]};
  /** All profile ids of the root pom, and those of assembly/pom.xml that the build may name. */
  readonly profiles: readonly string[];
  readonly providedProfiles: readonly string[];
  /** Of the root pom: their modules are what the assembly wants in any case. */
  readonly neededProfiles?: readonly string[] | undefined;
  /** Whether -Phive may be given (root, assembly or sql/hive has it). */
  readonly hasHiveProfile: boolean;
}

/** Ids of the patches of ours that a build of this ref with these features needs. */
export function listNeededPatches(facts: RefFacts, features: readonly FeatureName[]): readonly string[] {
  return features.flatMap((feature) => {
    const capability = facts[feature];
    return capability.status === 'yes' || capability.patch === undefined ? [] : [capability.patch];
  });
}

/** So that names of dists, their partial folders and logs stay below the 255 bytes of file systems. */
const longestRelease = 120;

/**
 * The middle of a dist's name: `cdh5.7.0`, `spark2-2.4.0-cloudera2`, or the ref with `-` for all that some file system,
 * shell or option parser might take amiss: `feature/#42` as `feature-42`, `größe` as `gro-e`.
 */
export function renderRelease(tag: string): string {
  const short = tag.replace(/^refs\/(heads|tags)\//, '').replace(/^(cdh.*)-release$/, '$1');
  const safe = short
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\w.+-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  if (safe !== '' && safe.length <= longestRelease) return safe;
  // Names of which nothing is left, or too much, are told apart by a hash.
  const hash = createHash('sha256').update(short).digest('hex').slice(0, 8);
  return `${safe === '' ? 'ref' : safe.slice(0, longestRelease - hash.length - 1)}-${hash}`;
}
