// Cloudera's spark-defaults.conf, without what only Cloudera's own Spark can follow. Pure.
import {clouderaOnly, type MetastoreClient, type SparkJars} from '../distribution/cloudera-spark.ts';

interface Setting {
  readonly key: string;
  readonly value: string;
}

const isOf = (kind: keyof typeof clouderaOnly, text: string): boolean =>
  new RegExp(clouderaOnly[kind]).test(text.toLowerCase());

function parseSetting(line: string): Setting | undefined {
  const [, key, value = ''] = /^\s*([^#\s=:]\S*?)(?:\s*[=:]\s*|\s+)(.*)$/.exec(line) ?? [];
  return key === undefined ? undefined : {key, value};
}

/** A list of listeners with a lineage listener in it, whose class no dist has. */
const hasLineageListener = ({key, value}: Setting): boolean =>
  isOf('listenerKeys', key) && isOf('lineage', value);

function listOtherListeners(value: string): readonly string[] {
  return value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !isOf('lineage', each));
}

/** Cloudera's settings stay, but for what names Cloudera's own Spark: its assembly, its lineage listeners. */
export function renderSparkDefaults(
  cloudera: string | undefined,
  jars: SparkJars,
  metastore?: MetastoreClient,
): string {
  const lines: string[] = ["# Made by build-spark install from Cloudera's, with a change where it says so."];
  const drop = (line: string, why: string): void => {
    lines.push(`# build-spark, ${why}: ${line.trim()}`);
  };
  let hasMaster = false;
  let hasMetastore = false;
  for (const line of (cloudera ?? '').split(/\r?\n/)) {
    const setting = parseSetting(line) ?? {key: '', value: ''};
    const {key, value} = setting;
    if (key === 'spark.master') hasMaster = true;
    if (key.startsWith('spark.sql.hive.metastore.')) hasMetastore = true;
    if (isOf('jarKeys', key)) drop(line, "it names Cloudera's own Spark");
    else if (isOf('lineageKeys', key)) drop(line, 'its classes are not in this dist');
    else if (hasLineageListener(setting)) {
      const rest = listOtherListeners(value);
      drop(line, 'without the lineage listeners, whose classes are not in this dist');
      if (rest.length > 0) lines.push(`${key}=${rest.join(',')}`);
    } else lines.push(line);
  }
  while (lines.at(-1) === '') lines.pop();
  if (!hasMaster) lines.push(`spark.master=${jars.master}`);
  if (metastore !== undefined && !hasMetastore)
    lines.push(
      `spark.sql.hive.metastore.version=${metastore.version}`,
      `spark.sql.hive.metastore.jars=${metastore.jars}`,
    );
  lines.push(jars.setting);
  return `${lines.join('\n')}\n`;
}

/**
 * The same for a Spark that reads Cloudera's file as it is: what its command line has to overrule. The last of two lines
 * with one key holds, as in Spark.
 * @returns As `--conf` takes it: `spark.extraListeners=`.
 */
export function planLineageOverrides(cloudera: string | undefined): readonly string[] {
  const settings = new Map(
    (cloudera ?? '').split(/\r?\n/).flatMap((line) => {
      const setting = parseSetting(line);
      return setting === undefined ? [] : [[setting.key, setting.value] as const];
    }),
  );
  return [...settings].flatMap(([key, value]) => {
    if (key === 'spark.lineage.enabled') return value.trim() === 'false' ? [] : [`${key}=false`];
    return hasLineageListener({key, value}) ? [`${key}=${listOtherListeners(value).join(',')}`] : [];
  });
}
