// What may be built besides what Cloudera ships, once, as data: a row a feature. From it come the choices of --with, the
// Maven profile, the scripts that are kept, the dist's name and what verify looks for. Knows no source and no dist.
import {InvalidValueError} from '../core/values.ts';

/** Of one check of `verify`. */
interface ClassProof {
  readonly check: string;
  /** Entries of jars. */
  readonly classes: readonly string[];
  /** The profile that leaves them to the cluster, and whose they are then. */
  readonly unless?: {readonly profile: string; readonly owner: string};
}

interface FileProof {
  readonly check: string;
  /** Holds at least one file. */
  readonly folder: string;
  /** Besides, from this version of Spark on. */
  readonly file?: {readonly path: string; readonly since: string; readonly why: string};
}

interface FeatureRow {
  /** As `--with`, batch files and manifests have it. */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  readonly sentence: string;
  /** Of Maven; a build names it where the source has it. */
  readonly profile: string;
  /** Whether builds with and without it may share compiled modules: not where the profile changes the pom of Core. */
  readonly sharesModules: boolean;
  /** Of the block that Cloudera's script removes scripts in: those that start its code. */
  readonly scripts: readonly string[];
  /** In the dist's name, unless it is all that is built and the default. */
  readonly suffix: string;
  readonly classes: readonly ClassProof[];
  readonly files?: FileProof;
}

export const features = [
  {
    name: 'thriftserver',
    title: 'Thriftserver',
    sentence: 'the JDBC server, and the shells spark-sql and beeline',
    profile: 'hive-thriftserver',
    sharesModules: true,
    scripts: ['bin/spark-sql', 'bin/beeline', 'sbin/start-thriftserver.sh', 'sbin/stop-thriftserver.sh'],
    suffix: '-sql',
    classes: [
      {
        check: 'thriftserver',
        classes: [
          'org/apache/spark/sql/hive/thriftserver/HiveThriftServer2.class',
          'org/apache/spark/sql/hive/thriftserver/SparkSQLCLIDriver.class',
        ],
      },
      {
        check: 'beeline',
        classes: ['org/apache/hive/beeline/BeeLine.class'],
        unless: {profile: 'hive-provided', owner: "the cluster's Hive"},
      },
    ],
  },
  {
    name: 'sparkr',
    title: 'SparkR',
    sentence: "R's package SparkR, and the shell sparkR",
    profile: 'sparkr',
    sharesModules: false,
    scripts: ['bin/sparkR'],
    suffix: '-R',
    classes: [],
    files: {
      check: 'sparkr',
      folder: 'R/lib/SparkR',
      // The scripts of Spark 1.5 neither make nor copy it.
      file: {path: 'R/lib/sparkr.zip', since: '1.6.0', why: 'which executors need'},
    },
  },
] as const satisfies readonly FeatureRow[];

export type FeatureName = (typeof features)[number]['name'];

/** Those of the table that are asked for, in its order. */
export function pickFeatures(
  names: readonly FeatureName[],
): readonly (FeatureRow & {readonly name: FeatureName})[] {
  return features.filter(({name}) => names.includes(name));
}

export const featureNames: readonly FeatureName[] = features.map(({name}) => name);

/** Built where nothing is said. */
export const defaultFeature: FeatureName = 'thriftserver';

/** What `--with` takes, for people. */
export const featureChoice = `${featureNames.join(', ')}, both, or none`;

export interface FeatureScript {
  readonly path: string;
  readonly feature: FeatureName;
}

export const featureScripts: readonly FeatureScript[] = features.flatMap(({name, scripts}) =>
  scripts.map((path) => ({path, feature: name})),
);

/** The part of a dist's name that tells its features: nothing for the default, as the original recipe has it. */
export function renderFeatureSuffix(names: readonly FeatureName[]): string {
  const picked = pickFeatures(names);
  if (picked.length === 0) return '-plain';
  if (picked.length === 1 && picked[0]?.name === defaultFeature) return '';
  return picked.map(({suffix}) => suffix).join('');
}

/** `thriftserver,sparkr`, or `none`. @throws InvalidValueError */
export function parseFeatures(text: string): readonly FeatureName[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.length === 1 && words[0] === 'none') return [];
  return words.map((word) => {
    const feature = featureNames.find((name) => name === word);
    if (feature === undefined)
      throw new InvalidValueError(`Give ${featureNames.join(', ')}, both with a comma, or none.`);
    return feature;
  });
}
