// Folders laid out like a node's behind a real ssh server, and a dist to install there.
import {lstat, mkdir, readdir, readFile, readlink, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Connection} from 'ssh2';
import {systemClock} from '../../../src/core/clock.ts';
import type {EventBody} from '../../../src/core/events.ts';
import {writeManifest} from '../../../src/distribution/manifest.ts';
import {installDist, rollBack} from '../../../src/install/install.ts';
import type {InstallRequest, Layout} from '../../../src/install/node-settings.ts';
import type {SmokeReport} from '../../../src/install/server-answers.ts';
import {HostError} from '../../../src/core/errors.ts';
import type {SmokeRequest} from '../../../src/install/smoke-node.ts';
import {smokeNodes} from '../../../src/install/smoke-nodes.ts';
import {openHost} from '../../../src/remote/open-host.ts';
import {libFacts, writeLibDist} from '../../distribution/fake-dist.ts';
import {
  hostKey,
  hostOptions,
  makeFolder,
  makeHome,
  makeKey,
  makeSudo,
  startServer,
} from '../../remote/server.ts';
import {findFreePort} from '../../support/free-port.ts';

const userKey = makeKey();
export const parcel = 'CDH-5.7.0-1.cdh5.7.0.p0.45';
export const theirs = 'spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0-cdh5.7.0.jar';

export interface Scene {
  readonly root: string;
  readonly dist: string;
  readonly spark: string;
  readonly lines: string[];
  readonly commands: string[];
  /** Cuts the connection at so many commands from now. */
  cutIn(commands: number): void;
  install(more?: Partial<InstallRequest>, isDryRun?: boolean): Promise<void>;
  rollBack(layout?: Layout): Promise<void>;
  /** Of an install with `port`. */
  /** @param lost Hosts besides, before it, that no connection leads to. */
  smoke(typed?: SmokeRequest['typed'], layout?: Layout, lost?: readonly string[]): Promise<SmokeReport>;
  readonly port: number;
}

/** @param uses What the dist names of the cluster, as `ClassText` has it. */
export async function makeScene(parcelName = parcel, uses: readonly string[] = []): Promise<Scene> {
  const root = await makeFolder();
  const dist = join(await makeFolder(), 'dist-cdh5.7.0-nodeps-apache');
  await mkdir(dist);
  await writeLibDist(dist, uses);
  await writeManifest(dist, libFacts);
  const spark = join(root, 'parcels', parcelName, 'lib/spark');
  const detect = join(root, 'parcels', parcelName, 'lib/bigtop-utils');
  const java = join(root, 'jdk/bin');
  for (const folder of [
    ...['lib', 'sbin'].map((name) => join(spark, name)),
    ...[
      detect,
      java,
      join(root, 'etc/spark/conf'),
      join(root, 'log'),
      join(root, 'parcels', parcelName, 'jars'),
    ],
  ])
    await mkdir(folder, {recursive: true});
  await symlink(parcelName, join(root, 'parcels/CDH'));
  await writeFile(join(root, 'parcels', parcelName, 'jars', theirs), "Cloudera's");
  await symlink(`../../../jars/${theirs}`, join(spark, 'lib', theirs));
  await symlink(theirs, join(spark, 'lib/spark-assembly.jar'));
  await writeFile(join(detect, 'bigtop-detect-javahome'), `JAVA_HOME=${root}/jdk\n`);
  await writeFile(join(java, 'java'), '#!/bin/sh\necho \'openjdk version "1.8.0_504"\' >&2\n', {mode: 0o755});
  await writeFile(join(root, 'etc/spark/conf/classpath.txt'), '/x/hadoop.jar\n/x/spark-lineage.jar\n');
  await writeFile(
    join(root, 'etc/spark/conf/spark-defaults.conf'),
    'spark.master=yarn-client\nspark.yarn.jar=local:/opt/cloudera/x.jar\nspark.lineage.enabled=true\n' +
      'spark.extraListeners=a.B,com.cloudera.spark.lineage.Listener\nspark.shuffle.service.enabled=true\n',
  );
  const tools = await makeSudo();
  await writeFile(join(tools, 'sync'), '#!/bin/sh\n', {mode: 0o755});
  let left = Number.POSITIVE_INFINITY;
  const onCommand = (_command: string, client: Connection): void => {
    left -= 1;
    if (left === 0) client.end();
  };
  const {port, commands} = await startServer({tools, onCommand});
  const home = await makeHome({
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey}\n`,
    keys: {id_rsa: userKey.privateKey},
  });
  const lines: string[] = [];
  const tool = {
    open: (target: string) => openHost(target, hostOptions(home)),
    emit: (event: EventBody) => {
      if (event.type === 'log.line') lines.push(event.line);
    },
    clock: systemClock,
    signal: new AbortController().signal,
  };
  const request: InstallRequest = {
    name: 'dist-cdh5.7.0-nodeps-apache',
    layout: 'overlay',
    role: 'thriftserver',
    port: await findFreePort(),
    user: process.env.USER ?? 'root',
    bindHost: 'node1.example.com',
    parcels: join(root, 'parcels'),
    forceVersion: false,
    paths: {
      root: join(root, 'opt'),
      logs: join(root, 'log'),
      run: join(root, 'run'),
      units: join(root, 'units'),
      etc: join(root, 'etc'),
    },
  };
  const targets = [`op@127.0.0.1:${port}`];
  return {
    root,
    dist,
    spark,
    lines,
    commands,
    cutIn: (count) => (left = count),
    install: (more = {}, isDryRun = false) =>
      installDist(dist, targets, {...request, ...more}, isDryRun, tool).then(() => undefined),
    rollBack: (layout = 'overlay') => rollBack(dist, targets, {...request, layout}, false, tool),
    smoke: (typed = {}, layout = 'overlay', lost = []) =>
      smokeNodes(
        dist,
        [...lost, ...targets],
        {install: {...request, layout, port: 1}, typed},
        {
          ...tool,
          open: (target) =>
            lost.includes(target)
              ? Promise.reject(new HostError(`${target} is not known`, 'Try another.'))
              : tool.open(target),
          say: (line) => lines.push(line),
          now: () => new Date(0),
        },
      ),
    port: request.port,
  };
}

/** Paths and contents below a folder. */
export async function look(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of await readdir(folder, {recursive: true}).catch(() => [])) {
    const full = join(folder, path);
    const entry = await lstat(full);
    if (entry.isSymbolicLink()) found[path] = `-> ${await readlink(full)}`;
    else if (entry.isFile())
      found[path] = `${(entry.mode & 0o777).toString(8)} ${await readFile(full, 'latin1')}`;
  }
  return found;
}
