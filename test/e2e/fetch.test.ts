// A dist that was made and could not be fetched is not lost: the machine is kept, and `fetch` gets it.
import {spawnSync} from 'node:child_process';
import {mkdir, readdir, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect} from 'vitest';
import type {Event} from '../../src/core/events.ts';
import {buildArguments, distName, playSample} from './sample-build.ts';
import {parseEvents, readText, test, type Scene} from './scene.ts';

const buildId = 'cdh5.7.0-nodeps';

const findFailure = (stdout: string): (Event & {readonly type: 'build.finished'}) | undefined =>
  parseEvents(stdout).find((event) => event.type === 'build.finished');

/** Builds, and does something to the output folder while the machine compiles. */
async function buildWhile(scene: Scene, meddle: () => Promise<void>, ...more: readonly string[]) {
  const marker = join(scene.folder, 'go-on');
  await playSample(scene, {until: marker});
  const build = scene.start(buildArguments(scene, '--json', ...more));
  await build.sees('BUILD SUCCESS');
  await meddle();
  await writeFile(marker, '');
  return build.done;
}

/** The output folder becomes a file: nobody can write there, root neither. */
const spoil = async ({output}: Scene): Promise<void> => {
  await rm(output, {recursive: true});
  await writeFile(output, '');
};
const restore = async ({output}: Scene): Promise<void> => {
  await rm(output);
  await mkdir(output);
};

describe.concurrent('a dist that could not be fetched', () => {
  test('the output folder is gone: exit 4, the machine is kept, and `fetch` ends what the build began', async ({
    scene,
  }) => {
    const {code, stdout, stderr} = await buildWhile(scene, () => spoil(scene));
    expect(code, stderr).toBe(4);
    const failure = findFailure(stdout)?.failure;
    expect(failure?.message).toContain(scene.output);
    expect(failure?.message).toMatch(/kept until 20/);
    expect(failure?.hint).toContain(`build-spark fetch ${buildId}`);
    const [machine = ''] = await scene.machines();
    expect(failure?.message).toContain(machine);
    const listed = JSON.parse((await scene.run(['machines', '--json'])).stdout) as unknown;
    expect(listed).toMatchObject([{id: machine, state: 'kept'}]);
    expect(await scene.run(['reap'])).toMatchObject({code: 0});
    expect(await scene.machines()).toEqual([machine]);

    await restore(scene);
    await playSample(scene);
    const fetched = await scene.run(['fetch', buildId, '--json']);
    expect(fetched.code, fetched.stderr).toBe(0);
    const events = parseEvents(fetched.stdout);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'build.finished',
        status: 'built',
        dist: join(scene.output, distName),
      }),
    );
    expect(events).toContainEqual(expect.objectContaining({type: 'machine.destroyed', machine}));
    expect(events.at(-1)).toMatchObject({type: 'run.finished', exitCode: 0});
    expect(await scene.dists()).toEqual([distName]);
    expect(await scene.run(['verify', join(scene.output, distName)])).toMatchObject({code: 0});
    expect(await readdir(join(scene.state, 'machines'))).toEqual([]);

    // It is what the build would have made: the same again is up to date.
    const again = await scene.run(buildArguments(scene, '--json'));
    expect(findFailure(again.stdout)).toMatchObject({status: 'up-to-date'});
  });

  test('into another folder; what is there already is not replaced', async ({scene}) => {
    await buildWhile(scene, () => spoil(scene));
    const other = join(scene.folder, 'other');
    await mkdir(join(other, distName), {recursive: true});
    const refused = await scene.run(['fetch', buildId, '--output', 'other']);
    expect(refused).toMatchObject({code: 2, stderr: expect.stringContaining('is there already')});
    expect(await scene.machines()).toHaveLength(1);
    await rename(join(other, distName), join(other, 'aside'));
    expect(await scene.run(['fetch', buildId, '--output', 'other'])).toMatchObject({code: 0});
    expect((await readdir(other)).sort()).toEqual(['aside', distName]);
    await restore(scene);
  });

  test('the connection is lost: tried once more at once; lost again, the machine is kept', async ({
    scene,
  }) => {
    await playSample(scene, {}, {fetch: 'lost-once'});
    const first = await scene.run(buildArguments(scene, '--json'));
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('Trying once more');
    expect(parseEvents(first.stdout).filter(({type}) => type === 'machine.created')).toHaveLength(1);

    await playSample(scene, {}, {fetch: 'lost'});
    const second = await scene.run(buildArguments(scene, '--json', '--force'));
    expect(second.code).toBe(1);
    expect(parseEvents(second.stdout).filter(({type}) => type === 'machine.created')).toHaveLength(1);
    expect(findFailure(second.stdout)?.failure).toMatchObject({kind: 'connection-lost'});
    // Still lost: it stays where it is.
    expect(await scene.run(['fetch', buildId])).toMatchObject({code: 1});
    expect(await scene.machines()).toHaveLength(1);
    await playSample(scene);
    const fetched = await scene.run(['fetch', buildId]);
    expect(fetched.code, fetched.stderr).toBe(0); // The build was to replace the older one.
  });

  test('something else has got its name meanwhile: it is not replaced, and the dist not lost', async ({
    scene,
  }) => {
    const target = join(scene.output, distName);
    const {code, stdout} = await buildWhile(scene, () => mkdir(target).then(() => undefined));
    expect(code).toBe(2);
    expect(findFailure(stdout)?.failure?.hint).toContain('build-spark fetch');
    await rm(target, {recursive: true});
    await playSample(scene);
    expect(await scene.run(['fetch', buildId])).toMatchObject({code: 0});
  });

  test('a dist that is refused for what it holds is no reason to keep a machine', async ({scene}) => {
    await playSample(scene);
    await rm(join(scene.folder, 'guest-dist/RELEASE'));
    expect(await scene.run(buildArguments(scene))).toMatchObject({code: 1});
    expect(await scene.machines()).toEqual([]);
  });

  test('nor is an interrupt while it is fetched by a build; one of `fetch` itself leaves all as it was', async ({
    scene,
  }) => {
    await buildWhile(scene, () => spoil(scene));
    await restore(scene);
    await playSample(scene, {}, {fetch: 'hangs'});
    const fetching = scene.start(['fetch', buildId, '--json']);
    await fetching.sees('"Fetch dist"');
    // Meanwhile nobody else takes it.
    expect(await scene.run(['fetch', buildId])).toMatchObject({code: 2});
    expect(await scene.run(['reap', '--all'])).toMatchObject({code: 0});
    expect(await scene.machines()).toHaveLength(1);
    await fetching.sees('"step.started"');
    fetching.kill('SIGINT');
    expect(await fetching.done).toMatchObject({code: 130});
    expect(await scene.machines()).toHaveLength(1);
    await playSample(scene);
    expect(await scene.run(['fetch', buildId])).toMatchObject({code: 0});

    await playSample(scene, {}, {fetch: 'hangs'});
    const building = scene.start(buildArguments(scene, '--json', '--force'));
    await building.sees('"step":"Fetch dist"');
    building.kill('SIGINT');
    expect(await building.done).toMatchObject({code: 130});
    expect(await scene.machines()).toEqual([]);
  });

  test('a signal while its machine is destroyed: `fetch` ends only when that is done, however long it takes', async ({
    scene,
  }) => {
    await buildWhile(scene, () => spoil(scene));
    await restore(scene);
    const marker = join(scene.folder, 'may-go');
    await playSample(scene, {}, {destroyUntil: marker});
    const fetching = scene.start(['fetch', buildId, '--json']);
    await expect.poll(scene.dists, {timeout: 60_000}).toEqual([distName]);
    fetching.kill('SIGINT');
    // Longer than any other command is waited for: five seconds, and three of the process itself.
    const early = await Promise.race([fetching.done, sleep(10_000)]);
    expect(early).toBeUndefined();
    expect(await scene.machines()).toHaveLength(1);
    await writeFile(marker, '');
    const {code, stdout} = await fetching.done;
    expect(code).toBe(130);
    expect(parseEvents(stdout)).toContainEqual(expect.objectContaining({type: 'machine.destroyed'}));
    expect(await scene.machines()).toEqual([]);
    expect(await readdir(join(scene.state, 'machines'))).toEqual([]);
  });

  test('a killed fetch is finished by reap', async ({scene}) => {
    await buildWhile(scene, () => spoil(scene));
    await restore(scene);
    await playSample(scene, {}, {fetch: 'hangs'});
    const fetching = scene.start(['fetch', buildId, '--json']);
    await fetching.sees('"step":"Fetch dist"');
    fetching.kill('SIGKILL');
    await fetching.done;
    await playSample(scene);
    expect(await scene.run(['reap'])).toMatchObject({code: 0});
  });

  test('there is nothing to fetch: each case has its word', async ({scene}) => {
    expect(await scene.run(['fetch', buildId])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no machine'),
    });
    await playSample(scene, {exitCode: 1});
    await scene.run(buildArguments(scene, '--on-failure', 'keep'));
    expect(await scene.run(['fetch', buildId])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did not come so far'),
    });
    await scene.run(['reap', '--all']);
    await buildWhile(scene, () => spoil(scene));
    await restore(scene);
    const [machine = ''] = await scene.machines();
    await rm(join(scene.state, 'fake-machines', machine));
    expect(await scene.run(['fetch', buildId])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is gone.*\n.*Build it again/),
    });
    expect(await scene.machines()).toEqual([]);
  });

  test('no secret is in the record', async ({scene}) => {
    const secret = 'hunter2pass';
    await buildWhile(
      scene,
      () => spoil(scene),
      ...['--mirror', `central=https://user:${secret}@nexus.invalid/central/`],
      ...['--proxy', `http://user:${secret}@proxy.invalid:3128`],
    );
    const [machine = ''] = await scene.machines();
    const record = join(scene.state, 'machines', machine, 'build.json');
    expect(await readText(record)).not.toContain(secret);
    expect((await stat(record)).mode & 0o777).toBe(0o600);
    await restore(scene);
    await playSample(scene);
    expect(await scene.run(['fetch', buildId])).toMatchObject({code: 0});
  });

  test('a full disk: exit 4, and the dist is fetched into another folder', async ({scene, skip}) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', scene.output]);
    if (mount.status !== 0) skip('nothing may be mounted here');
    try {
      await playSample(scene);
      await writeFile(join(scene.folder, 'guest-dist/lib/much'), Buffer.alloc(100_000));
      const {code, stdout} = await scene.run(buildArguments(scene, '--json'));
      expect(code).toBe(4);
      expect(findFailure(stdout)?.failure).toMatchObject({
        kind: 'disk-full',
        hint: expect.stringContaining(`build-spark fetch ${buildId} --output`),
      });
      expect(await scene.run(['fetch', buildId, '--output', 'elsewhere'])).toMatchObject({code: 0});
    } finally {
      spawnSync('umount', [scene.output]);
    }
  });
});

test('a way back from the guest that does not work is found before anything is compiled', async ({scene}) => {
  await playSample(scene, {}, {fetch: 'fails'});
  const {code, stdout} = await scene.run(buildArguments(scene, '--json'));
  expect(code).toBe(1);
  expect(findFailure(stdout)?.failure).toMatchObject({step: 'Send source'});
  expect(
    parseEvents(stdout).filter(
      (event) => event.type === 'step.started' && event.step === 'Make distribution',
    ),
  ).toEqual([]);
});

test('a good build whose machine stays is exit 3 with --on-failure keep too: nobody asked for that one', async ({
  scene,
}) => {
  await playSample(scene, {}, {destroy: 'leaks'});
  const {code} = await scene.run(buildArguments(scene, '--on-failure', 'keep'));
  expect(code).toBe(3);
  await playSample(scene);
  expect(await scene.run(['reap'])).toMatchObject({code: 0, stdout: expect.stringContaining('is gone')});
});
