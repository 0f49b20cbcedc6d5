// Signals, kills and other copies of the tool at the same time: whatever happens, no machine stays unknown.
import {describe, expect} from 'vitest';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {parseEvents, test, type Scene} from './scene.ts';

const compiling = '"step":"Make distribution"';

const states = async (scene: Scene): Promise<readonly string[]> => {
  const {stdout} = await scene.run(['machines', '--json']);
  return (JSON.parse(stdout) as readonly {readonly state: string}[]).map(({state}) => state);
};

describe.concurrent('the first signal', () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s while it compiles: cancelled, clean, exit 130',
    async (signal, {scene}) => {
      await playSample(scene, {hangs: true});
      const running = scene.start(buildArguments(scene, '--json'));
      await running.sees(compiling);
      running.kill(signal);
      const {code, stdout, stderr} = await running.done;
      expect(code).toBe(130);
      expect(stderr).toContain(signal);
      const events = parseEvents(stdout);
      expect(events).toContainEqual(expect.objectContaining({type: 'build.finished', status: 'cancelled'}));
      expect(events).toContainEqual(expect.objectContaining({type: 'machine.destroyed'}));
      expect(events.at(-1)).toMatchObject({type: 'run.finished', exitCode: 130});
      expect(await scene.dists()).toEqual([]);
    },
  );

  test.for([
    ['it boots', {up: 'hangs' as const}, '"step":"Boot machine"'],
    ['it is provisioned', {provision: 'hangs' as const}, '"step":"Provision"'],
  ] as const)('while %s: clean, exit 130', async ([, more, step], {scene}) => {
    await playSample(scene, {}, more);
    const running = scene.start(buildArguments(scene, '--json'));
    await running.sees(step);
    running.kill('SIGINT');
    expect(await running.done).toMatchObject({code: 130});
  });

  test('before anything was made', async ({scene}) => {
    await playSample(scene);
    const running = scene.start(buildArguments(scene));
    await new Promise((resolve) => setTimeout(resolve, 150));
    running.kill('SIGTERM');
    const {code, stderr} = await running.done;
    // Node itself may still have been starting.
    expect([130, null]).toContain(code);
    expect(stderr).not.toContain('bug');
  });

  test('--on-failure keep is for failures: an interrupted machine goes', async ({scene}) => {
    await playSample(scene, {hangs: true});
    const running = scene.start(buildArguments(scene, '--json', '--on-failure', 'keep'));
    await running.sees(compiling);
    running.kill('SIGINT');
    expect(await running.done).toMatchObject({code: 130});
  });
});

describe.concurrent('worse than a signal', () => {
  test('a second signal leaves at once with 3, and the printed command finishes the job', async ({scene}) => {
    await playSample(scene, {hangs: true}, {destroy: 'hangs'});
    const running = scene.start(buildArguments(scene, '--json'));
    await running.sees(compiling);
    running.kill('SIGINT');
    await running.sees('"step":"Destroy machine"');
    running.kill('SIGTERM');
    const {code, stderr} = await running.done;
    expect(code).toBe(3);
    const [, command] = /type: build-spark (\w+)/.exec(stderr) ?? [];
    await playSample(scene);
    expect(await scene.machines()).toHaveLength(1);
    expect(await scene.run([command ?? '?'])).toMatchObject({code: 0});
  });

  test('SIGKILL: the machine is known as orphaned, and reap ends it', async ({scene}) => {
    await playSample(scene, {hangs: true});
    const running = scene.start(buildArguments(scene, '--json'));
    await running.sees(compiling);
    expect(await states(scene)).toEqual(['building']);
    expect(JSON.parse((await scene.run(['reap', '--all', '--json'])).stdout)).toEqual([]);
    running.kill('SIGKILL');
    expect(await running.done).toMatchObject({code: null});
    expect(await states(scene)).toEqual(['orphaned']);
    const {code, stdout} = await scene.run(['reap', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{state: 'orphaned', buildId: 'cdh5.7.0-nodeps'}]);
  });

  test('SIGKILL: the next build ends it too, and gives the dist', async ({scene}) => {
    await playSample(scene, {hangs: true});
    const running = scene.start(buildArguments(scene, '--json'));
    await running.sees(compiling);
    running.kill('SIGKILL');
    await running.done;
    await playSample(scene);
    expect(await scene.run(buildArguments(scene))).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Destroyed build-spark-'),
    });
    expect(await scene.dists()).toEqual([distName]);
  });

  test('two copies at once, one killed: the other ends well, and only the dead one is reaped', async ({
    scene,
  }) => {
    const hanging = await playSample(scene, {hangs: true}, {}, 'hanging');
    await playSample(scene, {delayMs: 5_000});
    const a = scene.start(buildArguments(scene, '--json', '--label', 'a'), {scenario: hanging});
    const b = scene.start(buildArguments(scene, '--json', '--label', 'b'));
    await Promise.all([a.sees(compiling), b.sees(compiling)]);
    a.kill('SIGKILL');
    await a.done;
    const reaped = await scene.run(['reap', '--json']);
    expect(JSON.parse(reaped.stdout)).toMatchObject([{buildId: 'cdh5.7.0-nodeps-a'}]);
    expect(await b.done).toMatchObject({code: 0});
    expect(await scene.dists()).toEqual([`${distName}-b`]);
  });

  test('two copies of one build at once: one builds it, the other waits and finds it up to date', async ({
    scene,
  }) => {
    await playSample(scene, {delayMs: 3_000});
    const runs = [scene.start(buildArguments(scene)), scene.start(buildArguments(scene))];
    const ended = await Promise.all(runs.map(({done}) => done));
    const outputs = ended.map(({stdout}) => stdout).join('\n');
    expect(
      ended.map(({code}) => code),
      outputs,
    ).toEqual([0, 0]);
    expect(outputs.match(/is being created/g), outputs).toHaveLength(1);
    expect(outputs).toContain('is up to date; nothing was built');
    expect(await scene.run(['verify', `${scene.output}/${distName}`])).toMatchObject({code: 0});
  });

  test('a machine that somebody else removes is a failure and no hang', async ({scene}) => {
    await playSample(scene, {hangs: true});
    const running = scene.start(buildArguments(scene, '--json'));
    await running.sees(compiling);
    const {rm} = await import('node:fs/promises');
    for (const machine of await scene.machines()) await rm(`${scene.state}/fake-machines/${machine}`);
    const {code, stdout} = await running.done;
    expect(code).toBe(1);
    expect(parseEvents(stdout)).toContainEqual(
      expect.objectContaining({
        type: 'build.finished',
        failure: expect.objectContaining({kind: 'machine-gone'}),
      }),
    );
  });
});
