// What a dist is called as a parcel and as a service of Cloudera Manager, and what it depends on. Pure.
import {UsageError} from '../core/errors.ts';
import type {FeatureName} from '../catalogue/features.ts';
import {findSparkPlace, parseReleaseVersion, type SparkPlace} from '../distribution/spark-place.ts';

/** What of a dist's manifest decides it. */
export interface ParcelSource {
  readonly release: string;
  readonly projectVersion?: string | undefined;
  readonly finishedAt: string;
  readonly features: readonly FeatureName[];
}

export interface ParcelPlan {
  /** Without `-`: Cloudera Manager splits a parcel's file name there. */
  readonly name: string;
  readonly version: string;
  /** Folder below `lib/` that holds the dist. */
  readonly folder: string;
  readonly place: SparkPlace;
  /** What `install` compares too: `5.7.0`, `2.4.0.cloudera2`. */
  readonly clouderaVersion: string;
  /** In Debian's words, as Cloudera's own parcels have it. */
  readonly depends: string;
  /** Of our one component. */
  readonly componentVersion: string;
  /** Of the file's entries: when the dist was made. */
  readonly madeAt: Date;
  readonly service: ServicePlan;
}

/** The service that runs the server of such a parcel. */
interface ServicePlan {
  readonly type: string;
  readonly role: string;
  readonly label: string;
  /** The file's too, so without `-`. */
  readonly version: string;
  /** The parcel's tag, which the service asks for. */
  readonly tag: string;
  /** The newest is left out, as Cloudera Manager reads it; a bare `5` is the next major version. */
  readonly cdh: {readonly min: string; readonly max: string};
}

/** With which of CDH 5 Cloudera's own Spark 2 of a minor line goes (source: its build_parcel.py and csd, at each tag). */
const spark2Least: Readonly<Record<string, string>> = {
  '2.0': '5.7',
  '2.1': '5.7',
  '2.2': '5.8',
  '2.3': '5.9',
  '2.4': '5.9',
};

/** The systems that Cloudera Manager knows (5.x: up to jessie and xenial; 6.x: el6 and later). */
const distros = [
  ...['el5', 'el6', 'el7', 'el8', 'sles11', 'sles12'],
  ...['lucid', 'precise', 'trusty', 'xenial', 'bionic', 'squeeze', 'wheezy', 'jessie'],
] as const;

/** @throws UsageError for a source of no release: no version of CDH could be named that it goes with. */
export function planParcel({release, projectVersion, finishedAt}: ParcelSource): ParcelPlan {
  const place = findSparkPlace(release, projectVersion);
  const own = parseReleaseVersion(release) ?? parseProjectVersion(place, projectVersion);
  if (own === undefined)
    throw new UsageError(
      `A dist of ${JSON.stringify(release)} cannot be made a parcel: it names no version of CDH, and a parcel has to say which it depends on.`,
      'Build one of a release: build-spark --cdh 5.7.0',
    );
  const madeAt = new Date(finishedAt);
  const isTwo = place.parcel === 'SPARK2';
  const clouderaVersion = own.replace('-', '.');
  const base = isTwo ? clouderaVersion : `${findSparkVersion(projectVersion) ?? own}-1.cdh${own}`;
  return {
    name: isTwo ? 'BUILD_SPARK2' : 'BUILD_SPARK',
    // The last two numbers grow with each build, so that a newer one is an upgrade; each fits into an int.
    version: `${isTwo ? `${base}-1` : base}.p0.${renderDay(madeAt)}`,
    folder: isTwo ? 'build-spark2' : 'build-spark',
    place,
    clouderaVersion,
    depends: isTwo ? renderSpark2Depends(clouderaVersion) : renderRange('CDH', own),
    componentVersion: projectVersion ?? own,
    madeAt,
    service: isTwo
      ? {
          type: 'SPARK2_THRIFT',
          role: 'SPARK2_THRIFTSERVER',
          label: 'Spark 2 Thriftserver',
          version: clouderaVersion,
          tag: 'build_spark2',
          cdh: {min: `${findSpark2Least(clouderaVersion)}.0`, max: '5'},
        }
      : {
          type: 'SPARK_THRIFT',
          role: 'SPARK_THRIFTSERVER',
          label: 'Spark Thriftserver',
          version: own,
          tag: 'build_spark',
          cdh: {min: own, max: findNext(own)},
        },
  };
}

/** `5.7.0` of `1.6.0-cdh5.7.0`, `2.4.0-cloudera2` of `2.4.0.cloudera2`: of a ref that is based on a release. */
function parseProjectVersion({parcel}: SparkPlace, version = ''): string | undefined {
  const match =
    parcel === 'SPARK2'
      ? /^(\d+\.\d+\.\d+)\.(cloudera\d+)$/.exec(version)
      : /^\d+\.\d+\.\d+-cdh(\d+\.\d+\.\d+)$/.exec(version);
  if (match === null) return undefined;
  return match[2] === undefined ? match[1] : `${match[1] ?? ''}-${match[2]}`;
}

/** `1.6.0` of `1.6.0-cdh5.7.0`. */
function findSparkVersion(version = ''): string | undefined {
  return /^(\d+\.\d+\.\d+)/.exec(version)?.[1];
}

/** `20261127.1453`, in UTC. */
function renderDay(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return `${day.replaceAll('-', '')}.${time.slice(0, 5).replace(':', '')}`;
}

/** One version and its patches: `5.7.0-1.cdh5.7.0.p0.45` lies between `5.7.0` and `5.7.1`. */
function renderRange(parcel: string, version: string): string {
  return `${parcel} (>= ${version}), ${parcel} (<< ${findNext(version)})`;
}

/** `5.7.1` of `5.7.0`, `2.4.0.cloudera3` of `2.4.0.cloudera2`. */
function findNext(version: string): string {
  return version.replace(/\d+$/, (last) => `${Number(last) + 1}`);
}

function findSpark2Least(version: string): string {
  return spark2Least[version.split('.').slice(0, 2).join('.')] ?? '5.9';
}

function renderSpark2Depends(version: string): string {
  return `CDH (>= ${findSpark2Least(version)}), CDH (<< 6), ${renderRange('SPARK2', version)}`;
}

/** @throws UsageError for a system whose parcels no Cloudera Manager would take. */
export function checkDistro(distro: string): string {
  if ((distros as readonly string[]).includes(distro)) return distro;
  throw new UsageError(
    `${JSON.stringify(distro)} is not a system that Cloudera Manager knows.`,
    `Give one of ${distros.join(', ')}: --distro el7`,
  );
}

export function renderParcelName({name, version}: ParcelPlan, distro: string): string {
  return `${name}-${version}-${distro}.parcel`;
}
