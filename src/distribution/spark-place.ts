// Which of Cloudera's own Sparks a dist stands in for, where that is on a node, and how parcels name versions. Pure.

/** Where Cloudera keeps the Spark that a dist stands in for. */
export interface SparkPlace {
  readonly parcel: 'CDH' | 'SPARK2';
  /** In the parcel. */
  readonly folder: string;
  /** The client configuration that Cloudera Manager writes. */
  readonly conf: string;
  /** Where the dist has its jars. */
  readonly jars: 'lib' | 'jars';
}

/** @param release `cdh5.7.0`, `spark2-2.2.0-cloudera4`, or a ref. @param projectVersion Spark's own: `1.6.0-cdh5.7.0`. */
export function findSparkPlace(
  release: string,
  projectVersion: string | undefined,
  etc = '/etc',
): SparkPlace {
  if (release.startsWith('spark2-') || /cloudera\d+$/.test(projectVersion ?? ''))
    return {parcel: 'SPARK2', folder: 'lib/spark2', conf: `${etc}/spark2/conf`, jars: 'jars'};
  const isOne = (projectVersion ?? '').startsWith('1.') || release.startsWith('cdh5.');
  return {parcel: 'CDH', folder: 'lib/spark', conf: `${etc}/spark/conf`, jars: isOne ? 'lib' : 'jars'};
}

/** `5.7.0` of `CDH-5.7.0-1.cdh5.7.0.p0.45`; `2.2.0-cloudera4` of `SPARK2-2.2.0.cloudera4-1.cdh5.13.3.p0.603055`. */
export function parseParcelVersion(name: string): string | undefined {
  const match = /^(?:CDH|SPARK2)-(\d+\.\d+\.\d+)(?:\.(cloudera\d+))?-/.exec(name);
  if (match === null) return undefined;
  return match[2] === undefined ? match[1] : `${match[1] ?? ''}-${match[2]}`;
}

/** The same of a dist's release. @returns undefined for a ref, which is of no version. */
export function parseReleaseVersion(release: string): string | undefined {
  return /^(?:cdh|spark2-)(\d+\.\d+\.\d+(?:-cloudera\d+)?)$/.exec(release)?.[1];
}
