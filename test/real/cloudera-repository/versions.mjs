// Which versions a release of CDH has at Cloudera's, and of which release of Apache's each is made here. Pure: the data
// of patches/dependencies/versions.json is given. Knows no network and no file.

/** What Cloudera builds itself: by the property of cdh-root. All else has the version that others gave it. */
const families = {
  'cdh.avro.version': ['org.apache.avro'],
  'cdh.flume-ng.version': ['org.apache.flume', 'org.apache.flume.*'],
  'cdh.hadoop.version': ['org.apache.hadoop'],
  'cdh.hbase.version': ['org.apache.hbase'],
  'cdh.hive.version': ['org.apache.hive', 'org.apache.hive.*'],
  'cdh.parquet.version': ['com.twitter'],
  'cdh.apache-parquet.version': ['org.apache.parquet'],
  'cdh.spark-avro.version': ['com.databricks'],
  'cdh.zookeeper.version': ['org.apache.zookeeper'],
};

/** Of these groups only, where a group has others' artifacts too. */
const artifactPatterns = {
  'com.twitter': /^parquet(?!-format)/,
  'org.apache.parquet': /^parquet(?!-format)/,
  'com.databricks': /^spark-avro/,
};

/** Where Cloudera's name has another number than what is served under it. */
const numbers = {'cdh.parquet.version': '1.5.0', 'cdh.spark-avro.version': '1.1.0'};

/** Of one parent only: Spark 2.4 compiles against its Avro, which has more than Apache's of the same number. */
const otherBases = {'5.13.3': {'cdh.avro.version': '1.8.2'}};

/** Lines of Spark 2 for CDH 5 whose parent is this release of CDH. */
const spark2 = {
  '5.7.0': ['spark2-2.0.0', 'spark2-2.1.0'],
  '5.12.0': ['spark2-2.2.0', 'spark2-2.3.0'],
  '5.13.3': ['spark2-2.1.0', 'spark2-2.2.0', 'spark2-2.3.0', 'spark2-2.4.0'],
};

/** Under names of their own. */
const others = [
  {group: 'org.apache.kafka', version: /^0\.9\.0-kafka-2\.0\.\d$/, base: '0.9.0.0'},
  {group: 'org.apache.kafka', version: /^0\.10\.0-kafka-2\.1\.\d$/, base: '0.10.0.1'},
  {group: 'org.apache.kafka', version: /^(\d+\.\d+\.\d+)-cdh6\.\d\.\d$/, base: '$1'},
  {group: 'com.fasterxml.jackson.core', version: /^(2\.\d+\.\d+)-cloudera\.\d$/, base: '$1'},
];

/**
 * @param {string} cdh Such as 5.7.0.
 * @param {Readonly<Record<string, {versions: Readonly<Record<string, readonly string[]>>}>>} lines
 * @returns {{properties: Map<string, string>, families: readonly {groups: readonly string[], version: string, base: string}[]} | undefined}
 *   undefined: there is no such release.
 */
export function planRelease(cdh, lines) {
  const line = lines[cdh.split('.').slice(0, 2).join('.')];
  if (line === undefined || !/^\d+\.\d+\.\d+$/.test(cdh)) return undefined;
  const given = [...(spark2[cdh] ?? []).map((name) => lines[name]), line].flatMap((each) =>
    Object.entries(each?.versions ?? {}).map(([name, [value = '']]) => /** @type {const} */ ([name, value])),
  );
  /** @type {Map<string, string>} */
  const properties = new Map();
  const found = [];
  for (const [name, value] of new Map(given)) {
    const groups = families[name];
    if (groups === undefined) {
      properties.set(name, name === 'cdh.kafka.version' ? nameKafka(value, cdh) : value);
      continue;
    }
    const base = otherBases[cdh]?.[name] ?? value.replace(/-cdh@CDH@$/, '');
    const version = `${numbers[name] ?? value.replace(/-(?:hadoop2|cdh@CDH@)$/, '')}-cdh${cdh}`;
    properties.set(name, version);
    // Apache's 1.5.0 lacks what Cloudera's has: the filters of 1.6.0.
    found.push({groups, version, base: name === 'cdh.parquet.version' ? '1.6.0' : base});
  }
  return {properties, families: found};
}

/** Cloudera's own distribution of Kafka has numbers of its own. */
function nameKafka(value, cdh) {
  if (cdh.startsWith('6.')) return `${value}-cdh${cdh}`;
  return value === '0.9.0.0' ? '0.9.0-kafka-2.0.2' : value;
}

/** @returns {string | undefined} The version of Apache's that is served as this one; undefined: nobody has it. */
export function findBase(group, artifact, version, lines) {
  const [, cdh = ''] = /-cdh(\d+\.\d+\.\d+)$/.exec(version) ?? [];
  const family = findFamily(planRelease(cdh, lines), group, artifact);
  if (family?.version === version) return family.base;
  const other = others.find((each) => each.group === group && each.version.test(version));
  return other === undefined ? undefined : version.replace(other.version, other.base);
}

/** @returns {{version: string, base: string} | undefined} As which version a release of CDH has it. */
export function findFamily(release, group, artifact) {
  if (artifactPatterns[group]?.test(artifact) === false) return undefined;
  return release?.families.find(({groups}) =>
    groups.some((name) => (name.endsWith('.*') ? group.startsWith(name.slice(0, -1)) : name === group)),
  );
}
