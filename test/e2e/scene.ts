// One user of the real program in a process of its own, with a fake machine: folders, runs, and what they left behind.
import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test as base, expect, inject} from 'vitest';
import type * as z from 'zod';
import type {Event} from '../../src/core/events.ts';
import {scenarioSchema} from '../../src/machine/fake.ts';
import {eventSchema} from '../../src/core/event-schema.ts';
import {main} from './paths.ts';

type Scenario = z.input<typeof scenarioSchema>;

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly done: Promise<Ended>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Until this text has come on stdout or stderr. Fails when the program ends without it. */
  readonly sees: (text: string) => Promise<void>;
}

export interface Scene {
  readonly folder: string;
  readonly output: string;
  readonly config: string;
  /** `$XDG_STATE_HOME/build-spark` */
  readonly state: string;
  readonly env: Record<string, string>;
  readonly start: (args: readonly string[], options?: {readonly scenario?: string}) => Running;
  readonly run: (args: readonly string[], options?: {readonly scenario?: string}) => Promise<Ended>;
  /** What the fake machines do from the next run on. @returns Path of the file. */
  readonly play: (scenario: Scenario, name?: string) => Promise<string>;
  readonly machines: () => Promise<readonly string[]>;
  readonly journal: () => Promise<readonly string[]>;
  readonly dists: () => Promise<readonly string[]>;
}

const list = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

async function createScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-e2e-'));
  const [output, home] = [join(folder, 'out'), join(folder, 'home')];
  const config = join(folder, 'config/build-spark');
  for (const path of [output, home, config]) await mkdir(path, {recursive: true});
  const state = join(folder, 'state/build-spark');
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: inject('cache'),
    BUILD_SPARK_FAKE: join(folder, 'scenario.json'),
  };
  const start: Scene['start'] = (args, {scenario} = {}) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: {...env, ...(scenario === undefined ? {} : {BUILD_SPARK_FAKE: scenario})},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    let ended: Ended | undefined;
    const done = new Promise<Ended>((resolve) => {
      child.once('close', (code) => resolve((ended = {code, stdout, stderr})));
    });
    return {
      done,
      kill: (signal) => void child.kill(signal),
      sees: async (text) => {
        while (!(stdout + stderr).includes(text)) {
          if (ended !== undefined)
            throw new Error(`It ended with ${ended.code} before "${text}":\n${stdout}${stderr}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      },
    };
  };
  const scene: Scene = {
    folder,
    output,
    config,
    state,
    env,
    start,
    run: (args, options) => start(args, options).done,
    play: async (scenario, name = 'scenario') => {
      const file = join(folder, `${name}.json`);
      await writeFile(file, JSON.stringify(scenario));
      return file;
    },
    machines: async () => (await list(join(state, 'fake-machines'))).filter((name) => !name.startsWith('.')),
    journal: () => list(join(state, 'journal')),
    dists: () => list(output),
  };
  await scene.play({});
  return scene;
}

/** What must hold after every test, whatever happened in it. */
async function expectNothingLeft(scene: Scene): Promise<void> {
  expect(await scene.machines(), 'machines that the provider lists').toEqual([]);
  expect(await scene.journal(), 'journal entries').toEqual([]);
  expect(
    (await scene.dists()).filter((name) => name.startsWith('.')),
    'partial folders',
  ).toEqual([]);
  expect(await list(join(scene.state, 'locks')), 'locks').toEqual([]);
  expect(
    (await list(scene.state)).filter((name) => name.startsWith('crash')),
    'crash reports',
  ).toEqual([]);
}

export const test = base.extend<{scene: Scene}>({
  // eslint-disable-next-line no-empty-pattern -- vitest wants it like this
  scene: async ({}, use) => {
    const scene = await createScene();
    try {
      await use(scene);
      await expectNothingLeft(scene);
    } finally {
      await rm(scene.folder, {recursive: true, force: true});
    }
  },
});

/** Of `--json`; each line must be an event of the schema. */
export function parseEvents(stdout: string): readonly Event[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => eventSchema.parse(JSON.parse(line)) as Event);
}

export const readText = (path: string): Promise<string> => readFile(path, 'utf8');
