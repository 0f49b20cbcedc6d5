// Several builds as one run: side by side, one failing, interrupted, typed again, two copies, mistakes in the file.
import {readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, vi} from 'vitest';
import type {Event} from '../../src/core/events.ts';
import {buildArguments, playSample} from './sample-build.ts';
import {parseEvents, test, type Ended, type Scene} from './scene.ts';

// Some run the tool six times, perhaps beside real builds.
vi.setConfig({testTimeout: 400_000});

const options = (scene: Scene): string =>
  `options: {source: sample, provider: fake, memory: 1GiB, cpus: 1, output: ${JSON.stringify(scene.output)}}\n`;

/** One release with a label for each build. */
async function writeMatrix(scene: Scene, labels: readonly string[], more = ''): Promise<string> {
  const file = join(scene.folder, 'matrix.yaml');
  const rows = labels.map((label) => `  - {cdh: 5.7.0, label: ${label}}\n`).join('');
  await writeFile(file, `${options(scene)}releases:\n${rows}${more}`);
  return file;
}

const idOf = (label: string): string => `cdh5.7.0-nodeps-${label}`;
const distOf = (label: string): string => `dist-${idOf(label)}`;

type OfType<T extends Event['type']> = Event & {readonly type: T};
function only<T extends Event['type']>(ended: Ended, type: T): readonly OfType<T>[] {
  return parseEvents(ended.stdout).filter((event): event is OfType<T> => event.type === type);
}

const statuses = (ended: Ended): Readonly<Record<string, string>> =>
  Object.fromEntries(only(ended, 'build.finished').map(({buildId, status}) => [buildId, status]));

/** Most machines that there were at one time. */
function countAtOnce(ended: Ended): number {
  let [now, most] = [0, 0];
  for (const {type} of parseEvents(ended.stdout)) {
    if (type === 'machine.created') now += 1;
    if (type === 'machine.destroyed') now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

describe.concurrent('a batch', () => {
  test('runs as many machines at once as it was told, never more; typed again, it boots none', async ({
    scene,
  }) => {
    await playSample(scene, {delayMs: 1_500});
    const file = await writeMatrix(scene, ['a', 'b', 'c', 'd']);
    const first = await scene.run(['batch', file, '--jobs', '2', '--json']);
    expect(first).toMatchObject({code: 0});
    expect(countAtOnce(first)).toBe(2);
    expect(await scene.dists()).toEqual(['a', 'b', 'c', 'd'].map(distOf));
    expect(only(first, 'run.progress').at(-1)).toMatchObject({total: 4, finished: 4, running: 0});
    for (const event of parseEvents(first.stdout)) {
      const isOfRun = event.type.startsWith('run.') || event.type === 'log.line';
      expect(isOfRun || 'buildId' in event, event.type).toBe(true);
    }
    const again = await scene.run(['batch', file, '--jobs', '2', '--json']);
    expect(again).toMatchObject({code: 0});
    expect(new Set(Object.values(statuses(again)))).toEqual(new Set(['up-to-date']));
    expect(again.stdout).not.toContain('machine.created');
  });

  test('one failure stops nothing else; typed again, only that one is built', async ({scene}) => {
    const failing = {commands: [{match: 'rev-parse', lines: ['nothing'], exitCode: 1}]};
    await playSample(scene, {}, {builds: {[idOf('b')]: failing}});
    const file = await writeMatrix(scene, ['a', 'b', 'c', 'd']);
    const junit = join(scene.folder, 'junit.xml');
    const first = await scene.run(['batch', file, '--jobs', '2', '--json', '--junit', junit]);
    expect(first.code).toBe(1);
    expect(statuses(first)).toEqual({
      [idOf('a')]: 'built',
      [idOf('b')]: 'failed',
      [idOf('c')]: 'built',
      [idOf('d')]: 'built',
    });
    expect(first.stderr).toMatch(/cdh5\.7\.0-nodeps-b +failed/);
    expect(first.stderr).toContain('3 built, 1 failed');
    const xml = await readFile(junit, 'utf8');
    expect(xml).toContain('tests="4" failures="1" errors="0" skipped="0"');
    expect(xml).toMatch(/<failure message="[^"]+" type="\w+">/);
    await playSample(scene);
    const again = await scene.run(['batch', file, '--json']);
    expect(again.code).toBe(0);
    expect(statuses(again)[idOf('b')]).toBe('built');
    expect(only(again, 'machine.created').map(({buildId}) => buildId)).toEqual([idOf('b')]);
  });

  test('a first signal begins nothing more and ends what runs; typed again, it does what is missing', async ({
    scene,
  }) => {
    await playSample(scene, {hangs: true}, {builds: {}});
    const plain = JSON.parse(await readFile(join(scene.folder, 'scenario.json'), 'utf8')) as {
      commands: {match: string; hangs?: boolean}[];
    };
    const quick = {commands: plain.commands.map((command) => ({...command, hangs: false}))};
    await scene.play({...plain, builds: {[idOf('a')]: quick}});
    const file = await writeMatrix(scene, ['a', 'b', 'c', 'd']);
    const junit = join(scene.folder, 'junit.xml');
    const running = scene.start(['batch', file, '--jobs', '2', '--json', '--junit', junit]);
    await running.sees(`"status":"built"`);
    await running.sees(`"buildId":"${idOf('c')}","step":"Make distribution"`);
    running.kill('SIGINT');
    const first = await running.done;
    expect(first.code).toBe(130);
    expect(statuses(first)).toEqual({
      [idOf('a')]: 'built',
      [idOf('b')]: 'cancelled',
      [idOf('c')]: 'cancelled',
      [idOf('d')]: 'cancelled',
    });
    expect(only(first, 'machine.created').map(({buildId}) => buildId)).not.toContain(idOf('d'));
    expect(await readFile(junit, 'utf8')).toContain('tests="4" failures="0" errors="2" skipped="1"');
    expect(await scene.machines()).toEqual([]);
    await playSample(scene);
    const again = await scene.run(['batch', file, '--jobs', '3', '--json']);
    expect(again.code).toBe(0);
    expect(statuses(again)).toEqual({
      [idOf('a')]: 'up-to-date',
      [idOf('b')]: 'built',
      [idOf('c')]: 'built',
      [idOf('d')]: 'built',
    });
  });

  test('two copies at once: each dist is built once, and both end well', async ({scene}) => {
    await playSample(scene, {delayMs: 1_000});
    const file = await writeMatrix(scene, ['a', 'b', 'c']);
    const args = ['batch', file, '--jobs', '2', '--json'];
    const copies = [scene.start(args), scene.start(args)];
    const ended = await Promise.all(copies.map(({done}) => done));
    expect(ended.map(({code}) => code)).toEqual([0, 0]);
    const built = ended.flatMap((one) =>
      Object.entries(statuses(one)).flatMap(([id, status]) => (status === 'built' ? [id] : [])),
    );
    expect(built.toSorted()).toEqual(['a', 'b', 'c'].map(idOf));
  });

  test('where the network fails, that build alone is tried again, as often as --retry says', async ({
    scene,
  }) => {
    await playSample(scene);
    const plain = JSON.parse(await readFile(join(scene.folder, 'scenario.json'), 'utf8')) as {
      commands: {match: string}[];
    };
    const broken = {exitCode: 1, lines: ['curl: (6) Could not resolve host: nexus.invalid']};
    const commands = plain.commands.map((command) =>
      command.match.startsWith('in-guest.sh /home/vagrant/spark') ? {...command, ...broken} : command,
    );
    await scene.play({...plain, builds: {[idOf('b')]: {commands}}});
    const file = await writeMatrix(scene, ['a', 'b']);
    const ended = await scene.run(['batch', file, '--jobs', '2', '--json', '--retry', '2']);
    expect(ended.code).toBe(1);
    const of = (label: string): number =>
      only(ended, 'machine.created').filter(({buildId}) => buildId === idOf(label)).length;
    expect([of('a'), of('b')]).toEqual([1, 3]);
  });

  test('eleven at once: no warning of Node, every plain line names its build', async ({scene}) => {
    await playSample(scene, {delayMs: 300});
    const labels = 'a b c d e f g h i j k'.split(' ');
    const file = await writeMatrix(scene, labels);
    await writeFile(file, (await readFile(file, 'utf8')).replace('memory: 1GiB', 'memory: 1GiB, jobs: 11'));
    const ended = await scene.run(['batch', file]);
    expect(ended, ended.stderr).toMatchObject({code: 0, stderr: ''});
    const lines = ended.stdout.split('\n').filter((line) => /^\d\d:\d\d:\d\d /.test(line));
    for (const line of lines.slice(1))
      expect(line).toMatch(/^\S+ (cdh5\.7\.0-nodeps-[a-k](?: |: )|\d+ of 11 builds done)/);
  });

  test('more machines than memory: exit 4 with the numbers, before anything is made', async ({scene}) => {
    await playSample(scene);
    const file = await writeMatrix(scene, ['a', 'b']);
    const huge = ['--memory', `${Math.floor((await import('node:os')).totalmem() / 1024 ** 2 - 2048)}MiB`];
    const ended = await scene.run(['batch', file, '--jobs', '2', ...huge]);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/2 machines at once need \d+ MiB .* 1 fits/);
    expect(await scene.run(['batch', file, '--jobs', '1', ...huge])).toMatchObject({code: 0});
  });
});

describe.concurrent('the file', () => {
  test('mistakes are told by line and column, with the nearest known key, all at once', async ({scene}) => {
    const file = join(scene.folder, 'bad.yaml');
    await writeFile(
      file,
      'options:\n  memroy: 2GiB\nreleases:\n  - cdh: 5.7.x\n    timeout: 5parsecs\ndeps: [provded]\nexlude: []\n',
    );
    const {code, stderr} = await scene.run(['batch', file, '--json']);
    expect(code).toBe(2);
    expect(stderr).toContain('bad.yaml:2:3: `memroy` is not known here. Did you mean `memory`?');
    expect(stderr).toContain('bad.yaml:5:14: `releases.timeout` "5parsecs" is not a duration');
    expect(stderr).toContain('bad.yaml:6:8: `deps` "provded" is neither provided nor bundled');
    expect(stderr).toContain('bad.yaml:7:1: `exlude` is not known here. Did you mean `exclude`?');
  });

  test.for([
    ['releases: [5.5.3]', /m\.yaml:2:12: CDH 5\.5\.3 was never released/],
    ['releases: [5.7.0\n', /m\.yaml:3:1: /],
    ['releases: []', /m\.yaml:1:1: the file names no release/],
    ['releases: [5.7.0]\nexclude: [{cdh: 5.99.0}]', /m\.yaml:3:17: CDH 5\.99\.0/],
    ['releases:\n  - {cdh: 5.7.0, memory: 2GiB}\n  - {cdh: 5.7.x}', /5\.7\.0.*m\.yaml:3:5 and m\.yaml:4:5/],
  ] as const)('%s', async ([text, message], {scene}) => {
    await writeFile(join(scene.folder, 'm.yaml'), options(scene) + text);
    const {code, stderr} = await scene.run(['batch', 'm.yaml']);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('plan prints the whole matrix; what is typed wins over the file', async ({scene}) => {
    const file = join(scene.folder, 'm.yaml');
    await writeFile(
      file,
      `${options(scene)}releases: [5.5.2, 5.7.0]\nfeatures: [thriftserver, none]\ndeps: [provided, bundled]\n` +
        'exclude: [{cdh: 5.5.x, deps: bundled}]\ninclude: [{cdh: 5.7.0, features: sparkr, label: 5.10}]\n',
    );
    const plan = async (...args: readonly string[]): Promise<readonly string[]> => {
      const {code, stdout, stderr} = await scene.run(['plan', ...args, '--json']);
      if (code !== 0) throw new Error(stderr);
      const {builds} = JSON.parse(stdout) as {builds: readonly {buildId: string}[]};
      return builds.map(({buildId}) => buildId);
    };
    expect(await plan('batch', file)).toEqual([
      ...['cdh5.5.2-nodeps', 'cdh5.5.2-nodeps-plain', 'cdh5.7.0-nodeps', 'cdh5.7.0'],
      ...['cdh5.7.0-nodeps-plain', 'cdh5.7.0-plain', 'cdh5.7.0-nodeps-R-5.10'],
    ]);
    expect(await plan(file, '--deps', 'provided', '--cdh', '5.7.0')).toEqual([
      'cdh5.7.0-nodeps',
      'cdh5.7.0-nodeps-plain',
    ]);
  });
});

describe.concurrent('a dist that is there', () => {
  const build = (scene: Scene, ...more: readonly string[]) =>
    scene.run(buildArguments(scene, '--json', ...more));
  const dist = (scene: Scene): string => join(scene.output, 'dist-cdh5.7.0-nodeps');
  const statusOf = (ended: Ended): string | undefined => statuses(ended)['cdh5.7.0-nodeps'];

  test('damaged: built again, saying so; touched only: up to date', async ({scene}) => {
    await playSample(scene);
    await build(scene);
    await utimes(join(dist(scene), 'bin/beeline'), new Date(0), new Date(0));
    expect(statusOf(await build(scene))).toBe('up-to-date');
    await rm(join(dist(scene), 'bin/beeline'));
    const again = await build(scene);
    expect(statusOf(again)).toBe('built');
    expect(again.stdout).toContain('is built again: it lacks bin/beeline.');
    await writeFile(join(dist(scene), 'RELEASE'), 'x');
    const third = await build(scene);
    expect(third.stdout).toContain('it has another RELEASE than was built.');
    expect(statusOf(third)).toBe('built');
    expect(statusOf(await build(scene))).toBe('up-to-date');
  });

  test('made in another machine: built again, saying why; made otherwise: refused', async ({scene}) => {
    await playSample(scene);
    await build(scene);
    const {createHash} = await import('node:crypto');
    const path = join(dist(scene), 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as {
      definition: {puppet: string};
      inputsHash: string;
    };
    manifest.definition.puppet = '0'.repeat(64);
    manifest.inputsHash = '1'.repeat(64);
    const text = JSON.stringify(manifest);
    await writeFile(path, text);
    const sums = join(dist(scene), 'SHA256SUMS');
    const line = `${createHash('sha256').update(text).digest('hex')}  manifest.json`;
    await writeFile(sums, (await readFile(sums, 'utf8')).replace(/^\w{64} {2}manifest\.json$/m, line));
    const planned = await scene.run(['plan', ...buildArguments(scene)]);
    expect(planned.stdout).toContain('rebuild: it was made in a machine set up by other Puppet code');
    const again = await build(scene);
    expect(statusOf(again)).toBe('built');
    expect(again.stdout).toContain('it was made in a machine set up by other Puppet code');
    expect(await build(scene, '-D', 'x=y')).toMatchObject({code: 2});
  });
});
