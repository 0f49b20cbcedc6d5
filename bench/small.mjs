// What is felt at each call: `--help`, an answer without a build, memory while a long log goes by.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, openSync, readFileSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {clearInterval, setInterval} from 'node:timers';
import {setTimeout as sleep} from 'node:timers/promises';
import {runHost} from '../test/support/scene.mjs';
import {openResults, printConditions, printTable, renderRow, renderSeconds} from './measure.mjs';
import {openRoutes} from './routes.mjs';

export const usage = 'small [--runs 20] [--megabytes 100] [--resume <file>] [--work <folder>]';
export const options = {
  runs: {type: 'string', default: '20'},
  megabytes: {type: 'string', default: '100'},
  resume: {type: 'string'},
  work: {type: 'string'},
};

/** @returns {ms, stdout} */
const timeHost = async (...argv) => {
  const start = performance.now();
  const {code, stdout, stderr} = await runHost(...argv);
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return {ms, stdout};
};

/** A copy of the sample whose script prints so much before it begins. @returns its path */
async function makeNoisySource(work, megabytes) {
  const folder = join(work, `noisy-${megabytes}`);
  if (existsSync(folder)) return folder;
  const sample = join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME, '.cache'), 'build-spark/sample');
  const name = (await readdir(sample)).find((each) => each.endsWith('.git'));
  const git = (...argv) => execFileSync('git', ['-C', folder, ...argv]);
  await mkdir(folder);
  execFileSync('git', ['clone', '--quiet', join(sample, name), folder]);
  git('checkout', '--quiet', '-b', 'noisy', 'cdh5.7.0-release');
  const file = join(folder, 'make-distribution.sh');
  const line =
    '[INFO] a line of a hundred characters, such as Maven prints them while it compiles a module of it.';
  // After `set -x`: Maven's own lines come as they do, by the same pipe.
  const noise = `set +x\nyes '${line}' | head -n ${Math.ceil((megabytes * 1e6) / (line.length + 1))} || true\nset -x\n`;
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^set -x\n/m, noise));
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', 'commit', '--quiet', '-am', 'Noise');
  return folder;
}

/** How what the tool prints is read. */
const readers = {
  file: 'its output goes to a file',
  json: '`--json`, read by a program as fast as it comes',
  slow: '`--json`, read by a program that takes 2 MB a second',
};

/** Highest resident memory of the tool itself; its children are others' programs. */
async function measureMemory({scene, work}, source, reader) {
  const words = ['--ref', 'noisy', '--source', source, '--provider', 'lxc', '--output', scene.output];
  const log = openSync(join(work, `noisy-${reader}.log`), 'w');
  const start = performance.now();
  const child = spawn(
    scene.launcher,
    [...words, '--label', 'noisy', '--force', ...(reader === 'file' ? ['--verbose'] : ['--json'])],
    {env: scene.env, stdio: ['ignore', reader === 'file' ? log : 'pipe', log]},
  );
  if (reader === 'json') child.stdout.resume();
  if (reader === 'slow') readSlowly(child.stdout, 2e6);
  let peakKib = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      if (status.startsWith('Name:\tnode')) peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(status)[1]);
    } catch {
      // It has ended.
    }
  }, 50);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  closeSync(log);
  if (code !== 0) throw new Error(`the noisy build ended with ${code}: see ${work}/noisy-${reader}.log`);
  return {ms: performance.now() - start, peakMib: peakKib / 1024};
}

async function readSlowly(stream, bytesPerSecond) {
  for await (const chunk of stream) await sleep((chunk.length / bytesPerSecond) * 1_000);
}

export async function run({runs, megabytes, resume, work}) {
  const {results, measure, rounds} = openResults(resume);
  const routes = await openRoutes({source: 'sample', ...(work === undefined ? {} : {work})});
  const {scene} = routes;
  const tool = scene.launcher;
  await measure('0/warm-up', () => routes.build('5.7.0', ['--force']));
  const main = join(tool, '../../lib/bundle/build-spark.js');
  const same = ['--cdh', '5.7.0', '--source', 'sample', '--output', scene.output];
  for (let round = 1; round <= Number(runs); round++) {
    await measure(`${round}/node`, () => timeHost(process.execPath, '-e', '0'));
    await measure(`${round}/help`, () => timeHost(tool, '--help'));
    await measure(`${round}/help-inside`, () => timeHost(process.execPath, main, '--help'));
    await measure(`${round}/again`, async () => {
      const {ms, stdout} = await timeHost(tool, ...same);
      if (!/up to date/.test(stdout)) throw new Error(`it was built again: ${stdout}`);
      return {ms};
    });
  }
  const source = await makeNoisySource(routes.work, Number(megabytes));
  for (const reader of Object.keys(readers))
    await measure(`0/noisy ${reader}`, () => measureMemory(routes, source, reader));
  await rm(join(scene.output), {recursive: true, force: true});
  const node = rounds('node');
  const row = (text, name) => renderRow(text, rounds(name), node);
  printTable(
    ['call', 'of `node -e 0`', 'time', 'runs'],
    [
      row('`node -e 0`', 'node'),
      row('`build-spark --help`', 'help'),
      row('the same without the launcher', 'help-inside'),
      row('the same build again (up to date, no machine)', 'again'),
    ],
  );
  printTable(
    [`most memory of the tool in a build that prints ${megabytes} MB`, 'MiB', 'time of the build'],
    Object.entries(readers).map(([reader, text]) => {
      const result = results[`0/noisy ${reader}`];
      return [text, Math.round(result.peakMib), renderSeconds(result.ms)];
    }),
  );
  printConditions(results);
}
