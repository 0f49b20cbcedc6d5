// Builds handed to workers of a queue: real processes, a real Redis, the fake machine. The times are a fifteenth of the real
// ones: a lock lasts four seconds.
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect, vi} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {test} from './fleet-scene.ts';
import {
  building,
  builtOf,
  countBoots,
  distsOf,
  ends,
  endWorkers,
  idOf,
  lockMs,
  openGate,
  playGated,
  startWorkers,
  writeBatch,
} from './fleet-steps.ts';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {parseEvents} from './scene.ts';

vi.setConfig({testTimeout: 400_000});

describe.concurrent('a queue', () => {
  test('a worker builds what a coordinator asks for, and the dist arrives; typed again, it is up to date', async ({
    scene,
    fleet,
  }) => {
    await playSample(scene);
    const workers = await startWorkers(fleet, ['w1']);
    const run = await fleet.start(buildArguments(scene, '--json')).done;
    expect(run, run.stderr).toMatchObject({code: 0});
    expect(ends(run)).toEqual(['cdh5.7.0-nodeps built']);
    expect(await scene.dists()).toEqual([distName]);
    const log = await readFile(join(scene.state, 'logs/cdh5.7.0-nodeps/build.log'), 'utf8');
    expect(log).toContain('BUILD SUCCESS');
    const again = await fleet.start(buildArguments(scene, '--json')).done;
    expect(ends(again)).toEqual(['cdh5.7.0-nodeps up-to-date']);
    await endWorkers(fleet, workers);
  });

  test('a worker that is killed loses its job to another; its machine is named, exit 3, until its host reaps it', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const [dead] = await startWorkers(fleet, ['w1']);
    const running = fleet.start(['batch', await writeBatch(scene, ['a', 'b']), '--json']);
    await dead!.sees(building);
    dead!.child.kill('SIGKILL');
    await dead!.done;
    await openGate(scene);
    const workers = await startWorkers(fleet, ['w2', 'w3']);
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual(builtOf(['a', 'b']));
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/may still be on host .*: worker .* died, or is stopped/);
    expect(await fleet.left('w1')).not.toEqual([]);
    const {runId} = parseEvents(run.stdout)[0]!;
    const heir = await startWorkers(fleet, ['w1']);
    expect(await fleet.left('w1')).toEqual([]);
    const later = await fleet.start(['queue', 'attach', runId, '--json']).done;
    expect(later, later.stderr).toMatchObject({code: 0});
    expect(await scene.dists()).toEqual(distsOf(['a', 'b']));
    await endWorkers(fleet, [...workers, ...heir]);
  });

  test('a worker that slept for too long hands nothing over when it wakes up, and cleans up', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const workers = await startWorkers(fleet, ['w1']);
    const running = fleet.start(buildArguments(scene, '--json'));
    await workers[0]!.sees(building);
    workers[0]!.child.kill('SIGSTOP');
    const others = await startWorkers(fleet, ['w2']);
    await others[0]!.sees(building);
    await openGate(scene);
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual(['cdh5.7.0-nodeps built']);
    expect(run.code).toBe(3); // Its machine is there as long as it sleeps.
    workers[0]!.child.kill('SIGCONT');
    await workers[0]!.sees(/another worker's by now/);
    expect(await scene.dists()).toEqual([distName]);
    await endWorkers(fleet, [...workers, ...others]);
  });

  test('Redis is restarted, then cut off, each for less than the lock: nothing is built twice', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const workers = await startWorkers(fleet, ['w1', 'w2']);
    const running = fleet.start(['batch', await writeBatch(scene, ['a', 'b']), '--json']);
    for (const worker of workers) await worker.sees(building);
    await fleet.redis.stop('SIGTERM');
    await sleep(lockMs / 4);
    await fleet.redis.start();
    await sleep(lockMs / 2);
    await fleet.redis.pause(lockMs / 3);
    await openGate(scene);
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual(builtOf(['a', 'b']));
    expect(run.code).toBe(0);
    expect(countBoots(workers)).toBe(2);
    await endWorkers(fleet, workers);
  });

  test('Redis is cut off for longer than the lock: what was built is stopped and built again, each dist once', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const workers = await startWorkers(fleet, ['w1', 'w2']);
    const running = fleet.start(['batch', await writeBatch(scene, ['a', 'b']), '--json']);
    for (const worker of workers) await worker.sees(building);
    await fleet.redis.pause(lockMs * 2);
    for (const worker of workers) await worker.sees(/another worker's by now/);
    await openGate(scene);
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual(builtOf(['a', 'b']));
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(await scene.dists()).toEqual(distsOf(['a', 'b']));
    await endWorkers(fleet, workers);
  });

  test('the coordinator is killed: attached again, it fetches what was built meanwhile', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const workers = await startWorkers(fleet, ['w1', 'w2']);
    const running = fleet.start(['batch', await writeBatch(scene, ['a', 'b', 'c']), '--json']);
    await workers[0]!.sees(building);
    running.child.kill('SIGKILL');
    const {runId} = parseEvents((await running.done).stdout)[0]!;
    await openGate(scene);
    const later = await fleet.start(['queue', 'attach', runId, '--json']).done;
    expect(ends(later), later.stderr).toEqual(builtOf(['a', 'b', 'c']));
    expect(later.code).toBe(0);
    expect(await scene.dists()).toEqual(distsOf(['a', 'b', 'c']));
    const gone = await fleet.start(['queue', 'attach', runId]).done;
    expect(gone.code).toBe(2);
    await endWorkers(fleet, workers);
  });

  test('two coordinators with the same batch: each dist is built once, and both end well', async ({
    scene,
    fleet,
  }) => {
    await playSample(scene, {delayMs: 500});
    const workers = await startWorkers(fleet, ['w1', 'w2', 'w3']);
    const args = ['batch', await writeBatch(scene, ['a', 'b', 'c']), '--json'];
    const runs = await Promise.all([fleet.start(args).done, fleet.start(args).done]);
    expect(
      runs.map(({code}) => code),
      runs.map(({stderr}) => stderr).join(''),
    ).toEqual([0, 0]);
    const all = runs.flatMap(ends);
    expect(all).toHaveLength(6);
    expect(all.filter((end) => end.endsWith(' built')).toSorted()).toEqual(builtOf(['a', 'b', 'c']));
    expect(all.filter((end) => end.endsWith(' up-to-date'))).toHaveLength(3);
    expect(countBoots(workers)).toBe(3);
    expect(await scene.dists()).toEqual(distsOf(['a', 'b', 'c']));
    await endWorkers(fleet, workers);
  });

  test('a job that kills its worker each time has failed after five, with that reason', async ({
    scene,
    fleet,
  }) => {
    await playSample(scene, {hangs: true});
    const running = fleet.start(buildArguments(scene, '--json'));
    for (let death = 1; death <= 6; death += 1) {
      const [worker] = await startWorkers(fleet, ['w1']);
      await worker!.sees(building);
      worker!.child.kill('SIGKILL');
      await worker!.done;
    }
    const last = await startWorkers(fleet, ['w1']);
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual(['cdh5.7.0-nodeps failed']);
    expect(run.stdout).toContain('"kind":"worker-lost"');
    expect(run.code).toBe(1);
    await endWorkers(fleet, last);
  });

  test('cancelled, by run: what runs is stopped and its machine destroyed, what waits is taken out', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const workers = await startWorkers(fleet, ['w1']);
    const running = fleet.start(['batch', await writeBatch(scene, ['a', 'b']), '--json']);
    await workers[0]!.sees(building);
    const {runId} = parseEvents(running.text().split('\n')[0]!)[0]!;
    const cancelled = await fleet.start(['queue', 'cancel', runId]).done;
    expect(cancelled.stdout).toContain('its worker stops it');
    expect(cancelled.stdout).toContain('taken out of the queue');
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual([`${idOf('a')} cancelled`, `${idOf('b')} cancelled`]);
    expect(run.stdout).toMatch(/It was cancelled by \S+ on /);
    await endWorkers(fleet, workers);
  });

  test('a second SIGTERM destroys the machine and gives the job back, and another worker does it', async ({
    scene,
    fleet,
  }) => {
    await playGated(scene);
    const [first] = await startWorkers(fleet, ['w1']);
    const running = fleet.start(buildArguments(scene, '--json'));
    await first!.sees(building);
    first!.child.kill('SIGTERM');
    await first!.sees('taking no more jobs');
    first!.child.kill('SIGTERM');
    await first!.sees('the jobs are given back');
    await first!.done;
    expect(await fleet.left('w1')).toEqual([]);
    await openGate(scene);
    const others = await startWorkers(fleet, ['w2']);
    const run = await running.done;
    expect(ends(run), run.stderr).toEqual(['cdh5.7.0-nodeps built']);
    expect(run.code).toBe(0);
    await endWorkers(fleet, others);
  });

  test('key, packing and force of a batch file count: signed and packed here, built anew although it was built before', async ({
    scene,
    fleet,
  }) => {
    await playSample(scene);
    const workers = await startWorkers(fleet, ['w1']);
    const key = join(scene.folder, 'key');
    await createExec(process.env)(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const asked = `, sign: ${JSON.stringify(key)}, tar: true`;
    const run = async (more: string) => {
      const ended = await fleet.start(['batch', await writeBatch(scene, ['a'], more), '--json']).done;
      expect(ended.code, ended.stderr).toBe(0);
      return ends(ended);
    };
    expect(await run(asked)).toEqual(builtOf(['a']));
    const [name] = distsOf(['a']);
    expect(await scene.dists()).toEqual([name, `${name}.tgz`]);
    const verified = await scene.run(['verify', join(scene.output, name!), '--key', `${key}.pub`]);
    expect(verified, verified.stderr).toMatchObject({code: 0});
    expect(await run(`${asked}, force: true`)).toEqual(builtOf(['a']));
    expect(countBoots(workers)).toBe(2);
    await rm(join(scene.output, name!), {recursive: true});
    expect(await run(asked)).toEqual(builtOf(['a']));
    await endWorkers(fleet, workers);
  });

  test('what failed is tried again, and typed again it comes; --once ends when nothing waits', async ({
    scene,
    fleet,
  }) => {
    await playSample(scene, {exitCode: 1, lines: ['[ERROR] boom']});
    const running = fleet.start(buildArguments(scene, '--json'));
    await running.sees('No worker takes builds from');
    const first = await fleet.work('w1', {args: ['--once']}).done;
    expect(first, first.stderr).toMatchObject({code: 0});
    expect(await running.done).toMatchObject({code: 1});
    await playSample(scene);
    const retried = await fleet.start(['queue', 'retry', 'cdh5.7.0-nodeps']).done;
    expect(retried, retried.stderr).toMatchObject({code: 0});
    expect(retried.stdout).toContain('cdh5.7.0-nodeps waits again');
    const again = fleet.start(buildArguments(scene, '--json'));
    await again.sees('It is in the queue already; this run waits for it.');
    const second = await fleet.work('w1', {args: ['--once']}).done;
    expect(second, second.stderr).toMatchObject({code: 0});
    const run = await again.done;
    expect(ends(run), run.stderr).toEqual(['cdh5.7.0-nodeps built']);
    expect(run.code).toBe(0);
    expect(await fleet.left('w1')).toEqual([]);
  });

  test('drained: what waits is taken out, what is built is finished', async ({scene, fleet}) => {
    await playGated(scene);
    const workers = await startWorkers(fleet, ['w1']);
    const running = fleet.start(['batch', await writeBatch(scene, ['a', 'b', 'c']), '--json']);
    await workers[0]!.sees(building);
    const drained = await fleet.start(['queue', 'drain', '--json']).done;
    expect(drained, drained.stderr).toMatchObject({code: 0});
    expect(JSON.parse(drained.stdout)).toMatchObject({jobs: [{how: 'removed'}, {how: 'removed'}]});
    await openGate(scene);
    const run = await running.done;
    expect(run.code, run.stderr).toBe(1);
    expect(ends(run).map((end) => end.split(' ')[1])).toEqual(
      expect.arrayContaining(['built', 'cancelled', 'cancelled']),
    );
    await endWorkers(fleet, workers);
  });
});
