// Whole installs through a real ssh server, onto folders laid out like a node's.
import {spawnSync} from 'node:child_process';
import {lstat, mkdir, readFile, readlink, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {writeClassJar} from '../../linking/class-writer.ts';
import {look, makeScene, parcel, theirs} from './scene.ts';

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

  test('a gateway over a server that runs is refused; over one that has stopped, --rollback brings it back', async () => {
    const scene = await makeScene();
    await scene.install();
    const home = join(scene.root, 'opt/dist-cdh5.7.0-nodeps-apache');
    const server = await readlink(home);
    const status = join(home, 'status');
    await rm(status);
    await writeFile(status, '#!/bin/sh\necho it runs as process 7.\n', {mode: 0o755});
    await expect(scene.install({role: 'gateway'})).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('it runs as process 7.'),
      hint: expect.stringContaining('Stop it first'),
    });
    expect(await readlink(home)).toBe(server);
    await writeFile(status, '#!/bin/sh\nexit 3\n');
    await scene.install({role: 'gateway'});
    expect(await look(home)).not.toHaveProperty('start');
    await scene.rollBack();
    expect(await readlink(home)).toBe(server);
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

  test("recipe: the overlay's own settings, which its start command does not read, say nothing of its port", async () => {
    const scene = await makeScene();
    await mkdir(join(scene.root, 'etc/build-spark'), {recursive: true});
    await writeFile(join(scene.root, 'etc/build-spark/dist-cdh5.7.0-nodeps-apache.sh'), 'port=12321\n');
    await scene.install({layout: 'recipe'});
    expect(scene.lines.join('\n')).toContain(`jdbc:hive2://node1.example.com:${scene.port} `);
    expect(scene.lines.join('\n')).not.toContain('12321');
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

  test("a dist that does not link with the node's own jars is refused, unless it is forced", async () => {
    const driver = 'org/apache/hadoop/hive/ql/Driver';
    const scene = await makeScene(parcel, [`${driver}.run(I)V`, `${driver}.close()V`]);
    const jar = join(scene.root, 'parcels', parcel, 'jars/hive-exec-1.1.0-cdh5.7.0.jar');
    await writeClassJar(jar, [{name: driver, has: ['run(J)V', 'close()V']}]);
    // By a link in the parcel, as CDH 6 has it, and by the class path.
    await mkdir(join(scene.root, 'parcels', parcel, 'lib/hive/lib'), {recursive: true});
    await symlink(jar, join(scene.root, 'parcels', parcel, 'lib/hive/lib/hive-exec.jar'));
    await writeFile(join(scene.root, 'etc/spark/conf/classpath.txt'), `/x/hadoop-x.jar\n${jar}\n`);
    const before = await look(join(scene.root, 'parcels'));
    await expect(scene.install()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(
        /nothing was changed[^]*does not link[^]*hive\.ql\.Driver[^]*run\(I\)V is there only as \(J\)V; named by org\.apache\.spark\.A/,
      ),
      hint: expect.stringContaining('--force-version'),
    });
    await expect(scene.install({}, true)).rejects.toMatchObject({exitCode: 1});
    expect(await look(join(scene.root, 'opt'))).toEqual({});
    expect(await look(join(scene.root, 'parcels'))).toEqual(before);
    await scene.install({forceVersion: true});
    expect(scene.lines.join('\n')).toMatch(/run\(I\)V[^]*INSTALLED ALL THE SAME/);

    await scene.rollBack();
    await writeClassJar(jar, [{name: driver, has: ['run(I)V', 'close()V']}]);
    scene.lines.length = 0;
    await scene.install();
    expect(scene.lines.join('\n')).not.toContain('link');
  });

  test('a node without jars of Hive and Hadoop: that nothing was held against them is said', async () => {
    const scene = await makeScene();
    await scene.install();
    expect(scene.lines.join('\n')).toMatch(/No jars of Hive and Hadoop were found there/);
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
