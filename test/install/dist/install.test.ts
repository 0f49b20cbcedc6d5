// Whole installs through a real ssh server, onto folders laid out like a node's.
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {lstat, mkdir, readdir, readFile, readlink, symlink, writeFile} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import type {Connection} from 'ssh2';
import {describe, expect, test} from 'vitest';
import {systemClock} from '../../../src/core/clock.ts';
import type {EventBody} from '../../../src/core/events.ts';
import {writeManifest} from '../../../src/distribution/manifest.ts';
import {installDist, rollBack} from '../../../src/install/install.ts';
import type {InstallRequest, Layout} from '../../../src/install/node-settings.ts';
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

const userKey = makeKey();
const parcel = 'CDH-5.7.0-1.cdh5.7.0.p0.45';
const theirs = 'spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0-cdh5.7.0.jar';

interface Scene {
  readonly root: string;
  readonly dist: string;
  readonly spark: string;
  readonly lines: string[];
  readonly commands: string[];
  /** Cuts the connection at so many commands from now. */
  cutIn(commands: number): void;
  install(more?: Partial<InstallRequest>, isDryRun?: boolean): Promise<void>;
  rollBack(layout?: Layout): Promise<void>;
}

async function makeScene(parcelName = parcel): Promise<Scene> {
  const root = await makeFolder();
  const dist = join(await makeFolder(), 'dist-cdh5.7.0-nodeps-apache');
  await mkdir(dist);
  await writeLibDist(dist);
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
    port: await findFreePort(),
    user: process.env.USER ?? 'root',
    bindHost: 'node1.example.com',
    parcels: join(root, 'parcels'),
    forceVersion: false,
    paths: {
      root: join(root, 'opt'),
      logs: join(root, 'log'),
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
      installDist(dist, targets, {...request, ...more}, isDryRun, tool),
    rollBack: (layout = 'overlay') => rollBack(dist, targets, {...request, layout}, false, tool),
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Paths and contents below a folder. */
async function look(folder: string): Promise<Record<string, string>> {
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

describe('install', () => {
  test('overlay: beside the parcel, once; --rollback takes all of it away', async () => {
    const scene = await makeScene();
    const before = await look(join(scene.root, 'parcels'));
    await scene.install();
    const home = join(scene.root, 'opt/dist-cdh5.7.0-nodeps-apache');
    const conf = await readFile(join(home, 'conf/spark-defaults.conf'), 'utf8');
    expect(conf).toContain(
      `\nspark.yarn.jar=file:${home}/lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar\n`,
    );
    expect(conf).toContain('\nspark.extraListeners=a.B\n');
    expect(conf).not.toMatch(/^spark\.lineage|^spark\.yarn\.jar=local/m);
    expect(await readFile(join(home, 'conf/thriftserver.sh'), 'utf8')).toContain(
      'bind_host=node1.example.com',
    );
    expect(await look(join(scene.root, 'parcels'))).toEqual(before);

    const after = await look(join(scene.root, 'opt'));
    scene.commands.length = 0;
    await scene.install();
    expect(scene.lines).toContain('already installed; nothing was changed.');
    expect(scene.commands.some((command) => command.includes('mkdir'))).toBe(false);
    expect(await look(join(scene.root, 'opt'))).toEqual(after);

    await scene.rollBack();
    await expect(lstat(home)).rejects.toThrow();
    expect(Object.keys(await look(join(scene.root, 'opt/.versions')))).toEqual([]);
  });

  test("recipe: over the parcel's files, under their names; --rollback puts each back", async () => {
    const scene = await makeScene();
    const before = await look(join(scene.root, 'parcels'));
    await scene.install({layout: 'recipe'});
    const after = await look(scene.spark);
    expect(after[`lib/${theirs}`]).toMatch(/^644 /);
    expect(after['lib/spark-assembly.jar']).toBe(`-> ${theirs}`);
    expect(after['lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar']).toBeUndefined();
    expect(after['sbin/start-thriftserver.sh']).toMatch(/^755 /);
    expect(scene.lines.join('\n')).toMatch(/0755.*0644/);
    await scene.install({layout: 'recipe'});
    expect(scene.lines).toContain('already installed; nothing was changed.');
    await scene.rollBack('recipe');
    expect(await look(join(scene.root, 'parcels'))).toEqual(before);
  });

  test('another version than the node has is refused, unless it is forced, loudly', async () => {
    const scene = await makeScene('CDH-5.8.0-1.cdh5.8.0.p0.42');
    await expect(scene.install()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('CDH-5.8.0'),
      hint: expect.stringContaining('--cdh 5.8.0'),
    });
    expect(await look(join(scene.root, 'opt'))).toEqual({});
    await scene.install({forceVersion: true});
    expect(scene.lines.join('\n')).toContain('INSTALLED ALL THE SAME');
  });

  test('all that is wrong with a node is said at once', async () => {
    const scene = await makeScene();
    await writeFile(join(scene.root, 'jdk/bin/java'), '#!/bin/sh\necho \'openjdk version "17.0.1"\' >&2\n');
    const error: unknown = await scene.install({user: 'no-such-user'}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/JDK.*17\.0\.1[\s\S]*no-such-user/),
    });
  });

  test('a dist that was changed goes nowhere', async () => {
    const scene = await makeScene();
    await writeFile(join(scene.dist, 'RELEASE'), 'Spark 1.6.0-cdh5.7.0 edited');
    await expect(scene.install()).rejects.toMatchObject({exitCode: 1});
    expect(scene.commands).toEqual([]);
  });

  test('a dry run prints the commands and changes nothing', async () => {
    const scene = await makeScene();
    const before = await look(scene.root);
    await scene.install({layout: 'recipe'}, true);
    expect(scene.lines.join('\n')).toMatch(/install -o root -g root -m 0755 \S+start-thriftserver\.sh/);
    expect(await look(scene.root)).toEqual(before);
  });

  test.each(['overlay', 'recipe'] as const)(
    '%s: a connection that is cut at any command leaves old or new',
    async (layout) => {
      const scene = await makeScene();
      const visible = async (): Promise<Record<string, string>> => {
        const all = {...(await look(join(scene.root, 'parcels')))};
        const link = await readlink(join(scene.root, 'opt/dist-cdh5.7.0-nodeps-apache')).catch(() => 'none');
        return {...all, link, ...(link === 'none' ? {} : await look(join(scene.root, 'opt', link)))};
      };
      const before = await visible();
      scene.commands.length = 0;
      await scene.install({layout});
      const count = scene.commands.length;
      const after = await visible();
      await scene.rollBack(layout);
      // From the last that is sent to the end; before, nothing that is in use was touched.
      const seen = new Set<string>();
      for (let cut = count - 3; cut <= count; cut++) {
        scene.cutIn(cut);
        await expect(scene.install({layout})).rejects.toThrow();
        scene.cutIn(Number.POSITIVE_INFINITY);
        await untilAgentEnded(scene.root);
        const found = await visible();
        const name = isSame(found, before) ? 'old' : isSame(found, after) ? 'new' : 'between';
        seen.add(name);
        expect(name, `cut at command ${cut}`).not.toBe('between');
        if (name === 'new') await scene.rollBack(layout);
      }
      expect(seen).toContain('old');
      await scene.install({layout});
      expect(await visible()).toEqual(after);
    },
    120_000, // Seven installs.
  );
});

/** What was begun over there goes on after a cut. */
async function untilAgentEnded(root: string): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 300));
  while (spawnSync('pgrep', ['-f', `${root}/opt/.state/agent.sh`]).status === 0);
}

function isSame(one: Record<string, string>, other: Record<string, string>): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}
