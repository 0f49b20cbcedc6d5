// Holds a dist against the jars of Hive and Hadoop that a node has, as `verify --against` does. Changes nothing there.
import type {DistClasses} from '../linking/dist-classes.ts';
import {holdAgainst, type LinkVerdict} from '../linking/hold-against.ts';
import {fewLines, renderGaps} from '../linking/render-gaps.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {NodeFacts} from './node-facts.ts';
import {indexNodeJars} from './node-jars.ts';
import type {Findings} from './findings.ts';
import type {SparkPlace} from '../distribution/spark-place.ts';
import type {InstallRequest} from './node-settings.ts';

/** @param readClasses Of the dist; called only when the node has jars to hold it against. */
export async function checkLinks(
  host: RemoteHost,
  facts: NodeFacts,
  readClasses: () => Promise<DistClasses>,
  place: SparkPlace,
  request: InstallRequest,
  signal: AbortSignal,
): Promise<Findings> {
  // The other checks say that it has no Spark.
  if (facts.sparkHome === undefined) return {problems: [], warnings: []};
  const cluster = await indexNodeJars(host, request, place, facts.sparkHome, signal);
  if (cluster === undefined)
    return {
      problems: [],
      warnings: [
        `No jars of Hive and Hadoop were found there (in ${place.conf}/classpath.txt and the parcel), so whether the dist links with them was not looked at.`,
      ],
    };
  const verdict = await holdAgainst(await readClasses(), cluster, 'the node');
  return judge(verdict, request.forceVersion);
}

function judge({ok, checks, gaps, notes}: LinkVerdict, forceVersion: boolean): Findings {
  if (ok) return {problems: [], warnings: notes};
  const message = [
    'The dist does not link with its jars:',
    ...checks.filter((check) => !check.ok).map((check) => check.message),
    ...renderGaps(gaps, fewLines).map((line) => `  ${line}`),
  ].join('\n  ');
  if (forceVersion)
    return {
      problems: [],
      warnings: [...notes, `${message}\nINSTALLED ALL THE SAME, because of --force-version.`],
    };
  return {
    problems: [
      {
        message,
        hint: 'Build the dist for that very release; if what names these is never used: --force-version',
      },
    ],
    warnings: notes,
  };
}
