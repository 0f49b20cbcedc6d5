// Checks what a dist holds against what was asked of it: scripts, classes, RELEASE. Knows no hashes.
import {posix} from 'node:path';
import semver from 'semver';
import {featureScripts, pickFeatures, type FeatureName} from '../catalogue/features.ts';
import {markers, type JarFacts} from './jars.ts';
import type {Listing} from './folder-listing.ts';
import type {ReleaseFile} from '../maven/release-file.ts';
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

/** Whether the jars hold the classes of what was asked for. */
export function checkFeatureClasses(jars: JarFacts, {features, profiles}: Asked): readonly Check[] {
  // Spark 1.1 leaves Hive to the cluster by the profile for Hadoop: it has no other.
  const isHiveLeft =
    jars.layout === 'lib' && profiles.includes('hadoop-provided') && !jars.found.has(markers.hive);
  return pickFeatures(features).flatMap(({classes}) =>
    classes.map(({check, classes: wanted, unless}) => {
      const missing = wanted.filter((entry) => !jars.found.has(entry));
      const [first = ''] = wanted;
      const names = wanted.map(toSimpleName).join(' and ');
      if (unless !== undefined && missing.length > 0 && (isHiveLeft || profiles.includes(unless.profile)))
        return judge(check, [], `${names} comes from ${unless.owner}`);
      const verb = wanted.length === 1 ? 'is' : 'are';
      return judge(
        check,
        missing.map((entry) => `${toClassName(entry)} is in no jar`),
        `${names} ${verb} in ${jars.found.get(first) ?? ''}`,
      );
    }),
  );
}

const hadoop = [markers.hadoopConfiguration, markers.hadoopFileSystem];

/** Whether the dist holds Hadoop and Hive themselves, or leaves them to the cluster. */
export function checkDeps(jars: JarFacts, asked: Asked): readonly Check[] {
  if (asked.deps === undefined || jars.layout === 'unknown') return [];
  const {found, hadoopClasses} = jars;
  if (asked.deps === 'bundled') {
    const lacking = hadoop.filter((entry) => !found.has(entry));
    return [
      judge(
        'deps',
        lacking.map((entry) => `${toClassName(entry)} is in no jar, although the dist is bundled`),
        `bundled: ${hadoopClasses.count} classes of Hadoop and Hive are in it`,
      ),
    ];
  }
  const problems: string[] = [];
  for (const entry of asked.profiles.includes('hive-provided') ? [...hadoop, markers.hive] : hadoop) {
    const jar = found.get(entry);
    if (jar !== undefined)
      problems.push(`${toClassName(entry)} is in ${jar}, although the dist is "provided"`);
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
  if (jars.layout !== 'lib' || !asked.profiles.includes('hive') || !jars.found.has(markers.metastore))
    return [];
  const count = listing.files.filter(({path}) => /^lib\/datanucleus-[^/]+\.jar$/.test(path)).length;
  return [
    judge(
      'datanucleus',
      count === 0 ? ['lib/datanucleus-*.jar is missing: HiveContext does not start'] : [],
      `${count} jars in lib/`,
    ),
  ];
}

/** Whether the files beside the jars are there that what was asked for needs. */
export function checkFeatureFiles(
  listing: Listing,
  release: ReleaseFile | undefined,
  asked: Asked,
): readonly Check[] {
  return pickFeatures(asked.features).flatMap(({files}) => {
    if (files === undefined) return [];
    const {check, folder, file} = files;
    const count = listing.files.filter(({path}) => path.startsWith(`${folder}/`)).length;
    const spark = semver.coerce(release?.version);
    const problems = count === 0 ? [`${folder} is missing or empty`] : [];
    if (
      file !== undefined &&
      spark !== null &&
      semver.gte(spark, file.since) &&
      !listing.files.some(({path}) => path === file.path)
    )
      problems.push(`${file.path} is missing, ${file.why}`);
    return [judge(check, problems, `${folder}, ${count} files`)];
  });
}

function toClassName(entry: string): string {
  return entry.replace(/\.class$/, '').replaceAll('/', '.');
}

function toSimpleName(entry: string): string {
  return posix.basename(entry, '.class');
}
