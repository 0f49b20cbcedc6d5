// Checks what a dist holds against what was asked of it: scripts, classes, RELEASE. Knows no hashes.
import semver from 'semver';
import type {FeatureName} from '../catalogue/ref-facts.ts';
import {markers, type JarFacts, type Marker} from './jars.ts';
import type {Listing} from './folder-listing.ts';
import type {ReleaseFile} from '../maven/release-file.ts';
import {featureScripts} from './scripts.ts';
import {judge, renderList, type Check} from './verify-files.ts';

/** What was asked, as far as the manifest, the caller or RELEASE say it. */
export interface Asked {
  readonly features: readonly FeatureName[];
  readonly deps?: 'provided' | 'bundled' | undefined;
  /** Scripts that must not be there, because their code was not built. */
  readonly absentScripts: readonly string[];
  readonly profiles: readonly string[];
  /** Maven's arguments, joined by blanks. */
  readonly flags?: string | undefined;
  readonly commit?: string;
  readonly projectVersion?: string;
  readonly hadoopVersion?: string | undefined;
}

export function checkRelease(release: ReleaseFile | undefined, asked: Asked): Check {
  if (release === undefined)
    return judge('release', ['RELEASE is missing, or not as make-distribution.sh writes it'], '');
  const problems: string[] = [];
  const {version, revision, hadoopVersion, flags} = release;
  const spark = semver.coerce(version);
  if (spark === null) problems.push(`RELEASE names "${version}", which is not a version`);
  if (asked.projectVersion !== undefined && version !== asked.projectVersion)
    problems.push(`RELEASE names version ${version}, not ${asked.projectVersion}`);
  if (asked.hadoopVersion !== undefined && hadoopVersion !== asked.hadoopVersion)
    problems.push(`RELEASE names Hadoop ${hadoopVersion}, not ${asked.hadoopVersion}`);
  else if (!/^\d+\.\d+\S*$/.test(hadoopVersion))
    problems.push(`RELEASE names "${hadoopVersion}" as the Hadoop version, which is not one`);
  if (revision === undefined && spark !== null && semver.gte(spark, '1.1.0'))
    problems.push('RELEASE has no git revision');
  if (revision !== undefined && asked.commit?.startsWith(revision) === false)
    problems.push(`RELEASE names git revision ${revision}, not ${asked.commit}`);
  if (flags === undefined && spark !== null && semver.gte(spark, '1.3.0'))
    problems.push('RELEASE has no build flags');
  if (flags !== undefined && asked.flags !== undefined && flags !== asked.flags)
    problems.push(`RELEASE names the build flags "${flags}", not "${asked.flags}"`);
  const revisionText = revision === undefined ? '' : `, git revision ${revision}`;
  return judge('release', problems, `Spark ${version}${revisionText}, Hadoop ${hadoopVersion}`);
}

export function checkScripts(listing: Listing, asked: Asked): Check {
  const modes = new Map(listing.files.map((file) => [file.path, file.mode]));
  const required = featureScripts.filter(({feature}) => asked.features.includes(feature));
  const problems = required.flatMap(({path, feature}) => {
    const mode = modes.get(path);
    if (mode === undefined) return [`${path} is missing, which ${feature} needs`];
    return (Number.parseInt(mode, 8) & 0o111) === 0 ? [`${path} is not executable: chmod +x ${path}`] : [];
  });
  const useless = asked.absentScripts
    .filter((path) => modes.has(path))
    .map((path) => `${path} is there, although its code was not built`);
  const names = required.map(({path}) => path);
  return judge(
    'scripts',
    [...problems, ...useless],
    names.length === 0 ? 'no feature, so no scripts' : `there and executable: ${names.join(', ')}`,
  );
}

export function checkJars(jars: JarFacts): Check {
  return judge(
    'jars',
    jars.layout === 'unknown'
      ? ['there is neither lib/spark-assembly*.jar nor jars/*.jar', ...jars.broken]
      : jars.broken,
    `${jars.mainJars.length} ${jars.mainJars.length === 1 ? 'jar' : 'jars'} in ${jars.layout}/, ${jars.entries} entries`,
  );
}

export function checkThriftserver(jars: JarFacts, asked: Asked): readonly Check[] {
  if (!asked.features.includes('thriftserver')) return [];
  const lacking = (['thriftserver', 'sparkSql'] as const).filter((marker) => !jars.found.has(marker));
  const server = judge(
    'thriftserver',
    lacking.map((marker) => `${toClassName(marker)} is in no jar`),
    `HiveThriftServer2 and SparkSQLCLIDriver are in ${jars.found.get('thriftserver') ?? ''}`,
  );
  const isFromCluster = asked.profiles.includes('hive-provided');
  const beelineJar = jars.found.get('beeline');
  const beeline = judge(
    'beeline',
    beelineJar === undefined && !isFromCluster ? [`${toClassName('beeline')} is in no jar`] : [],
    beelineJar === undefined ? "BeeLine comes from the cluster's Hive" : `BeeLine is in ${beelineJar}`,
  );
  return [server, beeline];
}

/** Whether the dist holds Hadoop and Hive themselves, or leaves them to the cluster. */
export function checkDeps(jars: JarFacts, asked: Asked): readonly Check[] {
  if (asked.deps === undefined || jars.layout === 'unknown') return [];
  const {found, hadoopClasses} = jars;
  if (asked.deps === 'bundled') {
    const lacking = (['hadoopConfiguration', 'hadoopFileSystem'] as const).filter(
      (marker) => !found.has(marker),
    );
    return [
      judge(
        'deps',
        lacking.map((marker) => `${toClassName(marker)} is in no jar, although the dist is bundled`),
        `bundled: ${hadoopClasses.count} classes of Hadoop and Hive are in it`,
      ),
    ];
  }
  const problems: string[] = [];
  const unwanted: readonly Marker[] = ['hadoopConfiguration', 'hadoopFileSystem'];
  for (const marker of asked.profiles.includes('hive-provided') ? [...unwanted, 'hive' as const] : unwanted) {
    const jar = found.get(marker);
    if (jar !== undefined)
      problems.push(`${toClassName(marker)} is in ${jar}, although the dist is "provided"`);
  }
  const hadoopJars = jars.mainJars.filter((path) => /^jars\/hadoop-[^/]*\.jar$/.test(path));
  if (hadoopJars.length > 0) problems.push(`Hadoop's own jars are there: ${renderList(hadoopJars)}`);
  const isAllProvided =
    asked.profiles.includes('hive-provided') && asked.profiles.includes('hadoop-provided');
  if (problems.length === 0 && jars.layout === 'lib' && isAllProvided && hadoopClasses.count > 0)
    problems.push(
      `${hadoopClasses.count} classes of Hadoop or Hive are there, such as ${hadoopClasses.example ?? ''}`,
    );
  return [judge('deps', problems, 'provided: Hadoop is left to the cluster')];
}

/** Spark 1.x loads DataNucleus from beside the assembly, since its plugin.xml files cannot be merged. */
export function checkDatanucleus(listing: Listing, jars: JarFacts, asked: Asked): readonly Check[] {
  if (jars.layout !== 'lib' || !asked.profiles.includes('hive') || !jars.found.has('metastore')) return [];
  const count = listing.files.filter(({path}) => /^lib\/datanucleus-[^/]+\.jar$/.test(path)).length;
  return [
    judge(
      'datanucleus',
      count === 0 ? ['lib/datanucleus-*.jar is missing: HiveContext does not start'] : [],
      `${count} jars in lib/`,
    ),
  ];
}

export function checkSparkr(
  listing: Listing,
  release: ReleaseFile | undefined,
  asked: Asked,
): readonly Check[] {
  if (!asked.features.includes('sparkr')) return [];
  const count = listing.files.filter(({path}) => path.startsWith('R/lib/SparkR/')).length;
  const spark = semver.coerce(release?.version);
  const problems = count === 0 ? ['R/lib/SparkR is missing or empty'] : [];
  // The scripts of Spark 1.5 neither make nor copy it.
  if (spark !== null && semver.gte(spark, '1.6.0') && !listing.files.some(({path}) => path === sparkrZip))
    problems.push(`${sparkrZip} is missing, which executors need`);
  return [judge('sparkr', problems, `R/lib/SparkR, ${count} files`)];
}

const sparkrZip = 'R/lib/sparkr.zip';

function toClassName(marker: Marker): string {
  return markers[marker].replace(/\.class$/, '').replaceAll('/', '.');
}
