// Builds handed to workers of a queue: real processes, a real Redis, the fake machine.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {test} from './fleet-scene.ts';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {parseEvents, type Ended} from './scene.ts';

const ends = ({stdout}: Ended): readonly string[] =>
  parseEvents(stdout).flatMap((event) =>
    event.type === 'build.finished' ? [`${event.buildId} ${event.status}`] : [],
  );

describe.concurrent('a queue', () => {
  test('a worker builds what a coordinator asks for, and the dist arrives; typed again, it is up to date', async ({
    scene,
    fleet,
  }) => {
    await playSample(scene);
    const worker = fleet.work('w1');
    await worker.sees('takes builds from');
    const run = await fleet.start(buildArguments(scene, '--json')).done;
    expect(run, run.stderr + worker.text()).toMatchObject({code: 0});
    expect(ends(run)).toEqual(['cdh5.7.0-nodeps built']);
    expect(await scene.dists()).toEqual([distName]);
    expect(await readFile(join(scene.state, 'logs/cdh5.7.0-nodeps/build.log'), 'utf8')).toContain(
      'BUILD SUCCESS',
    );
    const again = await fleet.start(buildArguments(scene, '--json')).done;
    expect(ends(again)).toEqual(['cdh5.7.0-nodeps up-to-date']);
    worker.child.kill('SIGTERM');
    expect(await worker.done).toMatchObject({code: 0});
    expect(await fleet.left('w1')).toEqual([]);
  });
});
