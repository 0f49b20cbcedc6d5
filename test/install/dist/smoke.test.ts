// The smoke queries of an install, through a real ssh server: which server is asked, as whom, and what the report says.
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {makeScene, type Scene} from './scene.ts';

vi.setConfig({testTimeout: 60_000});

const name = 'dist-cdh5.7.0-nodeps-apache';

/** Beeline of a server that is not Spark's: one question is enough here. */
async function installWithBeeline(scene: Scene): Promise<void> {
  await scene.install();
  const beeline = join(scene.root, 'opt', name, 'bin/beeline');
  await writeFile(beeline, '#!/bin/sh\necho "Connected to: Apache Hive, asked by $(id -un): $*"\n', {
    mode: 0o755,
  });
}

/** @param isOurs Whether the process that listens is the one of the install. */
async function listen(scene: Scene, isOurs: boolean): Promise<void> {
  const server = createServer().listen(scene.port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const run = join(scene.root, 'run', `build-spark-${name}`);
  await mkdir(run, {recursive: true});
  if (isOurs) await writeFile(join(run, 'server.pid'), String(process.pid));
}

test('the server is asked where the install says that it listens, not at the default port', async () => {
  const scene = await makeScene();
  await installWithBeeline(scene);
  await listen(scene, true);
  const report = await scene.smoke();
  const user = process.env.USER ?? 'root';
  expect(report).toMatchObject({
    dist: name,
    release: 'cdh5.7.0',
    ok: false,
    nodes: [
      {
        ok: false,
        parcel: 'CDH-5.7.0-1.cdh5.7.0.p0.45',
        url: `jdbc:hive2://node1.example.com:${scene.port}`,
        answers: [
          {name: 'server', status: 'ok'},
          {
            name: 'connect',
            status: 'failed',
            message: expect.stringMatching(
              new RegExp(`asked by ${user}: -u jdbc:hive2://node1.example.com:${scene.port} -n ${user} `),
            ),
          },
        ],
        logs: {connect: [expect.stringContaining('Connected to: Apache Hive')]},
      },
    ],
  });
  expect(scene.lines.at(-1)).toMatch(/does not answer as it should: connect\.$/);
});

test('a server that does not run is named with what starts it, and nothing is asked', async () => {
  const scene = await makeScene();
  await installWithBeeline(scene);
  const {ok, nodes} = await scene.smoke();
  expect(ok).toBe(false);
  expect(nodes[0]?.answers).toMatchObject([
    {
      name: 'server',
      status: 'failed',
      message: expect.stringMatching(/nothing listens on port .*opt.*\/start/),
    },
  ]);
});

test('of several nodes one that cannot be asked is a line of the report, and the others are asked', async () => {
  const scene = await makeScene();
  await installWithBeeline(scene);
  await listen(scene, true);
  const {ok, nodes} = await scene.smoke({}, 'overlay', ['nobody']);
  expect(ok).toBe(false);
  expect(nodes).toMatchObject([
    {
      host: 'nobody',
      ok: false,
      answers: [{name: 'server', status: 'failed', message: 'nobody is not known'}],
    },
    {answers: [{name: 'server', status: 'ok'}, {name: 'connect'}]},
  ]);
});

test('another program on its port is no server of the install', async () => {
  const scene = await makeScene();
  await installWithBeeline(scene);
  await listen(scene, false);
  const {nodes} = await scene.smoke();
  expect(nodes[0]?.answers[0]).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('another program'),
  });
});

test('a node without the install is refused, with what to type', async () => {
  const scene = await makeScene();
  await expect(scene.smoke()).rejects.toMatchObject({
    exitCode: 2,
    hint: expect.stringContaining(`build-spark install ${name} --host`),
  });
});
