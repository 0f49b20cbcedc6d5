// What a node is: read by one script there, parsed here. Decides nothing.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {readServerFacts, type ServerFacts} from './node-server.ts';
import type {SparkPlace} from '../distribution/spark-place.ts';
import type {InstallRequest} from './node-settings.ts';

export interface NodeFacts {
  /** Real names of the parcels that are active: `CDH-5.7.0-1.cdh5.7.0.p0.45`. */
  readonly parcels: {readonly CDH?: string; readonly SPARK2?: string};
  /** Real path of Cloudera's Spark. */
  readonly sparkHome?: string;
  /** In it: `lib/spark-assembly.jar`, `sbin/start-thriftserver.sh`. */
  readonly sparkFiles: readonly string[];
  readonly sparkFolders: readonly string[];
  /** Of spark-env.sh, spark-defaults.conf, classpath.txt, log4j.properties: those that are in the client configuration. */
  readonly confFiles: readonly string[];
  readonly hiveSite?: string;
  readonly javaHome?: string;
  /** `1.8.0_504`; absent when it does not say. */
  readonly javaVersion?: string;
  readonly hasUser: boolean;
  readonly freeBytes: {readonly opt: number; readonly parcel?: number};
  /** Commands that the agent needs and the node lacks. */
  readonly missing: readonly string[];
  readonly hasSystemd: boolean;
  readonly hostName: string;
  /** What its own name resolves to, there. */
  readonly hostAddress?: string;
  readonly server: ServerFacts;
  /** What the overlay's link points to. */
  readonly current?: string;
  /** What is in the place of that link and is not a link. */
  readonly inTheWay?: string;
  /** Cloudera's spark-defaults.conf; absent when there is none. */
  readonly clouderaDefaults?: string;
}

/** @param text What facts.sh prints. */
function parseFacts(text: string): Omit<NodeFacts, 'server'> {
  const pairs = text.split('\n').flatMap((line): (readonly [string, string])[] => {
    const at = line.indexOf('\t');
    return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
  });
  const all = (key: string): readonly string[] =>
    pairs.filter(([name, value]) => name === key && value !== '').map(([, value]) => value);
  const one = <K extends string>(key: string, as: K): Partial<Record<K, string>> => {
    const [value] = all(key);
    return (value === undefined ? {} : {[as]: value}) as Partial<Record<K, string>>;
  };
  const [freeParcel] = all('freeParcel');
  return {
    parcels: {...one('parcel.CDH', 'CDH'), ...one('parcel.SPARK2', 'SPARK2')},
    ...one('spark', 'sparkHome'),
    sparkFiles: all('sparkFile'),
    sparkFolders: all('sparkFolder'),
    confFiles: all('conf'),
    ...one('hiveSite', 'hiveSite'),
    ...one('javaHome', 'javaHome'),
    ...one('javaVersion', 'javaVersion'),
    hasUser: all('user').length > 0,
    freeBytes: {
      opt: Number(all('freeOpt')[0] ?? 0),
      ...(freeParcel === undefined ? {} : {parcel: Number(freeParcel)}),
    },
    missing: all('missing'),
    hasSystemd: all('systemd').length > 0,
    hostName: all('hostName')[0] ?? 'localhost',
    ...one('hostAddress', 'hostAddress'),
    ...one('current', 'current'),
    ...one('inTheWay', 'inTheWay'),
  };
}

export async function readNodeFacts(
  host: RemoteHost,
  request: InstallRequest,
  place: SparkPlace,
  signal: AbortSignal,
): Promise<NodeFacts> {
  const {parcels, user, name, paths} = request;
  const link = `${paths.root}/${name}`;
  const script = await readFile(join(projectRoot, 'data/node/facts.sh'), 'utf8');
  const {stdout} = await host.run(
    ['sh', '-s', '--', parcels, place.parcel, place.folder, place.conf, user, link],
    {asRoot: true, input: script, signal, timeoutMs: 60_000},
  );
  const facts = parseFacts(stdout);
  const defaults = facts.confFiles.includes('spark-defaults.conf')
    ? await host.readFile(`${place.conf}/spark-defaults.conf`, {asRoot: true, signal})
    : undefined;
  const server = await readServerFacts(host, request, place, facts.hiveSite, signal);
  return {
    ...facts,
    server,
    ...(defaults === undefined ? {} : {clouderaDefaults: defaults.toString('utf8')}),
  };
}
