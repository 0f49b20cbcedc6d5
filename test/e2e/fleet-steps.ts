// What the tests of a queue do again and again: a batch, a build that waits at a gate, workers that begin and end.
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'vitest';
import {pace, type Fleet, type Tool} from './fleet-scene.ts';
import {playSample} from './sample-build.ts';
import {parseEvents, type Ended, type Scene} from './scene.ts';

export const ends = ({stdout}: Ended): readonly string[] =>
  parseEvents(stdout)
    .flatMap((event) => (event.type === 'build.finished' ? [`${event.buildId} ${event.status}`] : []))
    .toSorted();

export const lockMs = 60_000 * pace;
export const idOf = (label: string): string => `cdh5.7.0-nodeps-${label}`;
export const distsOf = (labels: readonly string[]): readonly string[] =>
  labels.map((label) => `dist-${idOf(label)}`);
export const builtOf = (labels: readonly string[]): readonly string[] =>
  labels.map((label) => `${idOf(label)} built`);

export async function writeBatch(scene: Scene, labels: readonly string[], more = ''): Promise<string> {
  const file = join(scene.folder, 'matrix.yaml');
  const options = `{source: sample, memory: 1GiB, cpus: 1, output: ${JSON.stringify(scene.output)}${more}}`;
  const rows = labels.map((label) => `  - {cdh: 5.7.0, label: ${label}}\n`).join('');
  await writeFile(file, `options: ${options}\nreleases:\n${rows}`);
  return file;
}

/** The step that makes the distribution ends when this file is there. */
const gateOf = (scene: Scene): string => join(scene.folder, 'gate');
export const playGated = (scene: Scene): Promise<string> => playSample(scene, {until: gateOf(scene)});
export const openGate = (scene: Scene): Promise<void> => writeFile(gateOf(scene), '');
export const building = 'Make distribution';

export async function startWorkers(fleet: Fleet, names: readonly string[]): Promise<readonly Tool[]> {
  const workers = names.map((name) => fleet.work(name));
  for (const worker of workers) await worker.sees('takes builds from');
  return workers;
}

/** Ends workers in order, and looks for what they left. */
export async function endWorkers(fleet: Fleet, workers: readonly Tool[]): Promise<void> {
  for (const {child} of workers) child.kill('SIGTERM');
  for (const {name, done, text} of workers) {
    const {code} = await done;
    expect(code, `${name}: ${text()}`).toBe(0);
    expect(await fleet.left(name)).toEqual([]);
  }
}

/** Machines that these workers booted, as their lines tell. */
export const countBoots = (workers: readonly Tool[]): number =>
  workers.flatMap(({text}) => text().match(/fake: \S+ boots/g) ?? []).length;
