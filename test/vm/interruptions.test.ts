import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {double, kill, signal, stopped} from '../support/interruptions.mjs';
import {useScenes} from '../support/machines.ts';

// Few moments, each once; test/real/teardown.mjs does the same at many random ones. A quiet host with every cache warm
// is through with the sample's script in under three seconds: what is meant to hit it must come early.
const newScene = useScenes();
const clean = {problems: []};
/** The first choice is SIGINT, the second SIGTERM, and to the one process. */
const terminate = (): number => 0.9;

test('SIGKILL while Maven runs: reap leaves nothing behind', async () => {
  const result = await kill(await newScene(), {step: 'Make distribution', offsetMs: 800}, terminate);
  expect(result).toMatchObject({...clean, where: expect.stringContaining('Make distribution') as string});
  expect(result.note).toContain('reaped 1');
});

test('SIGTERM while the machine boots: it is destroyed, exit code 130', async () => {
  const result = await signal(await newScene(), {step: 'Boot machine', offsetMs: 2_000}, terminate);
  expect(result).toMatchObject({...clean, where: expect.stringContaining('Boot machine') as string});
  expect(result.note).toContain('SIGTERM, exit 130');
});

test('a second signal leaves at once with 3, and the command that it prints finishes the job', async () => {
  const result = await double(await newScene(), {step: 'Provision', offsetMs: 1_000}, () => 0.2);
  expect(result).toMatchObject(clean);
  expect(result.note).toMatch(/exit 3; build-spark reap/);
});

test('a machine that is stopped behind our back is a clear failure, not a hang', async () => {
  const result = await stopped(await newScene(), {step: 'Make distribution', offsetMs: 800}, terminate);
  expect(result).toMatchObject(clean);
  expect(result.note).toContain('exit 1: machine-gone');
});

// What the ways themselves make of a tool that ends before it listens; a script plays it, no machine boots.
test.each([
  ['nothing', 'exec sleep 60', []],
  ['a folder', 'mkdir "$BUILD_SPARK_TEST_OUT/half"; exec sleep 60', [/^output: half$/]],
])('a first signal that ends the process at once, which left %s', async (_what, script, problems) => {
  const scene = await newScene();
  const launcher = join(scene.folder, 'tool');
  await writeFile(launcher, `#!/bin/sh\n${script}\n`, {mode: 0o755});
  const result = await double(
    {...scene, launcher, env: {...scene.env, BUILD_SPARK_TEST_OUT: scene.output}},
    {step: 'start', offsetMs: 300},
    () => 0.2,
  );
  expect(result).toMatchObject({missed: true});
  expect(result.problems).toEqual(problems.map((pattern) => expect.stringMatching(pattern) as string));
});
