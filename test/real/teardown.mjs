#!/usr/bin/env node
// Interrupts the tool at random moments of real builds of the sample, in real machines, and looks for what it left:
//   node test/real/teardown.mjs [--kill 20] [--signal 20] [--double 5] [--pair 1] [--stopped 2] [--destroyed 1]
//     [--poweredOff 1] [--cut 1] [--seed 1] [--resume <state file>] [--again] [--tool <bin/build-spark>]
//     [--provider lxc|libvirt]
// The host must be ready (`build-spark doctor`). A first whole build measures how long each step takes; the moments are
// drawn evenly over it, after a few that are aimed. With --resume, runs that the file has are not run again (--again:
// except the failed ones). One line a run, then a table and `N passed, N failed`; exit code 1 when one failed.
// The folder of a failed run, with all that the tool printed, is kept and named.
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {
  clearScene,
  createScene,
  defaultLauncher,
  findDist,
  findLeftovers,
  planBuildArguments,
  runTool,
} from '../support/scene.mjs';
import * as kinds from '../support/interruptions.mjs';

const counts = {
  kill: '20',
  signal: '20',
  double: '5',
  pair: '1',
  stopped: '2',
  destroyed: '1',
  poweredOff: '1',
  cut: '1',
};
const {values} = parseArgs({
  options: {
    ...Object.fromEntries(
      Object.entries(counts).map(([name, value]) => [name, {type: 'string', default: value}]),
    ),
    seed: {type: 'string', default: '1'},
    resume: {type: 'string'},
    again: {type: 'boolean', default: false},
    tool: {type: 'string', default: defaultLauncher},
    provider: {type: 'string', default: 'lxc'},
  },
});

/** Worth a look by themselves, because something is half-made there; the others are drawn evenly. */
const aims = {
  kill: [
    'Boot machine',
    'Provision',
    'Make distribution',
    'Fetch dist',
    'Verify and publish',
    'Destroy machine',
  ],
  signal: [
    'Boot machine',
    'Provision',
    'Make distribution',
    'Fetch dist',
    'Destroy machine',
    'Prepare source',
  ],
  double: ['Boot machine', 'Make distribution', 'Destroy machine'],
  pair: [],
  stopped: ['Make distribution', 'Provision'],
  destroyed: ['Make distribution'],
  poweredOff: ['Make distribution'],
  cut: [],
};

/** The same numbers for the same seed and run, whatever ran before (mulberry32). */
function seedRandom(text) {
  let state = [...text].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619),
    2_166_136_261,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole build, and when its steps began; what is drawn is drawn from these. */
async function measure() {
  const scene = await createScene({launcher: values.tool, provider: values.provider});
  const run = await runTool(scene, planBuildArguments(scene), {timeoutMs: 1_800_000, logName: 'run'});
  const leftovers = await findLeftovers(scene);
  if (run.code !== 0 || leftovers.length > 0 || !existsSync(findDist(scene)))
    throw new Error(`The whole build, exit ${run.code}, left: ${leftovers.join('; ')}\n${run.stderr}`);
  const at = (event) => Date.parse(event.at);
  const firstMs = at(run.events[0]);
  const steps = run.events
    .filter(({type}) => type === 'step.finished')
    .map(({step, durationMs}) => ({step, lengthMs: durationMs}));
  // Whatever came before the first event: the preflight.
  const beforeMs = run.durationMs - (at(run.events.at(-1)) - firstMs);
  await rm(scene.folder, {recursive: true, force: true});
  return {
    wholeMs: Math.round(run.durationMs),
    steps: [{step: 'start', lengthMs: Math.round(beforeMs)}, ...steps],
  };
}

function drawMoment(kind, index, {steps}, random) {
  const aimed = aims[kind][index];
  const find = (name) => steps.find(({step}) => step === name);
  if (aimed !== undefined)
    return {step: aimed, offsetMs: Math.round(random() * (find(aimed)?.lengthMs ?? 500) * 0.9)};
  if (!['kill', 'signal', 'double'].includes(kind))
    return {step: 'Make distribution', offsetMs: Math.round(random() * 10_000)};
  let left = random() * steps.reduce((sum, {lengthMs}) => sum + lengthMs, 0);
  for (const {step, lengthMs} of steps) {
    if (left < lengthMs) return {step, offsetMs: Math.round(left)};
    left -= lengthMs;
  }
  return {step: 'Destroy machine', offsetMs: 0};
}

async function runOne(kind, index, baseline) {
  for (let draw = 1; ; draw++) {
    const random = seedRandom(`${values.seed} ${kind} ${index} ${draw}`);
    const moment = drawMoment(kind, draw === 1 ? index : 1_000, baseline, random);
    const scene = await createScene({launcher: values.tool, provider: values.provider});
    const startMs = performance.now();
    const result = await kinds[kind](scene, moment, random).catch((error) => ({problems: [error.stack]}));
    const {problems, missed = false, where = '', note = ''} = result;
    const status = problems.length > 0 ? 'failed' : missed ? 'missed' : 'passed';
    if (status === 'failed') await clearMachines(scene);
    else await clearScene(scene);
    for (const step of baseline.steps) step.lengthMs = result.lengths?.[step.step] ?? step.lengthMs;
    if (status === 'missed' && draw < 5) continue;
    return {
      status: status === 'missed' ? 'failed' : status,
      problems: status === 'missed' ? ['the build was over before the moment came, five times'] : problems,
      where,
      note,
      moment,
      seconds: Math.round((performance.now() - startMs) / 1000),
      ...(status === 'failed' ? {folder: scene.folder} : {}),
      at: new Date().toISOString(),
    };
  }
}

/** After a failure: the next run must find a clean host, but the logs stay. */
async function clearMachines(scene) {
  await runTool(scene, ['reap', '--all'], {timeoutMs: 240_000, logName: 'clear'});
  await clearScene({...scene, folder: `${scene.folder}/nothing`});
}

const state =
  values.resume !== undefined && existsSync(values.resume)
    ? JSON.parse(readFileSync(values.resume, 'utf8'))
    : {formatVersion: 1, runs: {}};
function save() {
  if (values.resume === undefined) return;
  writeFileSync(`${values.resume}.new`, `${JSON.stringify(state, undefined, 1)}\n`);
  renameSync(`${values.resume}.new`, values.resume);
}

if (state.baseline === undefined) {
  console.log('measuring a whole build …');
  state.baseline = await measure();
  save();
}
const {steps, wholeMs} = state.baseline;
console.log(
  `a whole build: ${Math.round(wholeMs / 1000)} s (${steps.map(({step, lengthMs}) => `${step} ${(lengthMs / 1000).toFixed(1)}`).join(', ')})`,
);

// Turn by turn, so that a resumed or stopped run has seen something of every kind.
const plan = [];
for (let index = 0; index < 1_000; index++)
  for (const kind of Object.keys(counts)) if (index < Number(values[kind])) plan.push([kind, index]);

for (const [kind, index] of plan) {
  const name = `${kind}-${String(index + 1).padStart(2, '0')}`;
  const known = state.runs[name];
  if (known !== undefined && !(values.again && known.status === 'failed')) continue;
  const result = await runOne(kind, index, state.baseline);
  state.runs[name] = result;
  save();
  const {status, where, note, seconds, problems, folder} = result;
  console.log(
    `${status === 'passed' ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)}  ${where}: ${note}  (${seconds} s)`,
  );
  for (const problem of problems) console.log(problem.replaceAll(/^/gm, '          '));
  if (folder !== undefined) console.log(`          kept: ${folder}`);
}

const rows = plan.map(([kind, index]) => ({
  kind,
  ...state.runs[`${kind}-${String(index + 1).padStart(2, '0')}`],
}));
const count = (status, kind) =>
  rows.filter((row) => row.status === status && (kind ?? row.kind) === row.kind).length;
console.log();
for (const kind of Object.keys(counts))
  if (rows.some((row) => row.kind === kind))
    console.log(`${kind.padEnd(10)} ${count('passed', kind)} passed, ${count('failed', kind)} failed`);
console.log(`${count('passed')} passed, ${count('failed')} failed`);
process.exitCode = count('failed') > 0 ? 1 : 0;
