// The ways in which test/vm and test/real/teardown.mjs interrupt a build, and what must be true after each. Each takes a
// scene, a moment and a source of chance, and gives {problems, note}; it never throws for what the tool does wrong.
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {access} from 'node:fs/promises';
import {join} from 'node:path';
import {providerTools} from './provider-tools.mjs';
import {
  checkNextCommands,
  createScene,
  findDist,
  findLeftovers,
  planBuildArguments,
  runHost,
  runTool,
  startTool,
} from './scene.mjs';

const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );
const show = ({code, signal} = {}) =>
  code === null || code === undefined ? (signal ?? 'hung') : `exit ${code}`;

/**
 * Waits for a moment of a build: a step's start and so many ms after it, but not beyond the step's end.
 * @returns how far the build was, or undefined when it ended before.
 */
async function reachMoment(run, {step, offsetMs}) {
  if (step === 'start') await Promise.race([sleep(offsetMs), run.ended]);
  else {
    if ((await run.waitFor('step.started', step)) === undefined) return undefined;
    await Promise.race([sleep(offsetMs), run.waitFor('step.finished', step)]);
  }
  if (run.hasEnded()) return undefined;
  const open = run.events.filter(({type}) => type === 'step.started').at(-1)?.step ?? 'before the first step';
  return `${open}, ${(run.elapsedMs() / 1000).toFixed(1)} s after the start`;
}

/** How long the steps took that this build got through: the host is not equally busy all the time. */
const findLengths = (run) =>
  Object.fromEntries(
    run.events
      .filter(({type, status}) => type === 'step.finished' && status === 'done')
      .map(({step, durationMs}) => [step, durationMs]),
  );

/** The leftovers, and the commands which must work now. */
async function lookAfter(scene) {
  return [...(await findLeftovers(scene)), ...(await checkNextCommands(scene))];
}

/** SIGKILL, then `reap`. */
export async function kill(scene, moment) {
  const run = startTool(scene, planBuildArguments(scene));
  const where = await reachMoment(run, moment);
  run.child.kill('SIGKILL');
  const ended = await run.ended;
  if (where === undefined && ended.code === 0) return {problems: [], missed: true};
  const reap = await runTool(scene, ['reap', '--json'], {timeoutMs: 240_000});
  const problems = await lookAfter(scene);
  if (reap.code !== 0) problems.push(`reap: ${show(reap)}: ${reap.stdout}${reap.stderr}`);
  if (where === undefined) problems.push(`the build ended by itself: ${show(ended)}\n${run.stderr()}`);
  return {
    problems,
    where,
    lengths: findLengths(run),
    note: `reaped ${countReaped(reap.stdout)} in ${seconds(reap.durationMs)}`,
  };
}

/** One SIGINT or SIGTERM, as a terminal sends it (to the whole process group) or to the one process. */
export async function signal(scene, moment, random) {
  const name = random() < 0.5 ? 'SIGINT' : 'SIGTERM';
  const isGroup = random() < 0.5;
  const run = startTool(scene, planBuildArguments(scene));
  const where = await reachMoment(run, moment);
  if (where === undefined) return whatEndedFirst(run);
  const sentMs = run.elapsedMs();
  process.kill(isGroup ? -run.child.pid : run.child.pid, name);
  const ended = await run.waitForEnd(240_000);
  const tookMs = run.elapsedMs() - sentMs;
  const problems = await lookAfter(scene);
  // Before it listens, the signal itself ends it; behind run.finished there is nothing left to interrupt.
  const isEarly = run.events.length === 0 && ended?.signal === name;
  const isLate =
    ended?.code === 0 && run.find('run.finished') !== undefined && (await exists(findDist(scene)));
  if (ended?.code !== 130 && !isEarly && !isLate)
    problems.push(`${name}: ${show(ended)}, not 130\n${run.stderr()}`);
  return {
    problems,
    where,
    lengths: findLengths(run),
    note: `${name}${isGroup ? ' to the group' : ''}, ${show(ended)} after ${seconds(tookMs)}`,
  };
}

/** Two signals, then exactly the command that it printed. */
export async function double(scene, moment, random) {
  const run = startTool(scene, planBuildArguments(scene));
  const where = await reachMoment(run, moment);
  if (where === undefined) return whatEndedFirst(run);
  const [first, second] = [0, 1].map(() => (random() < 0.5 ? 'SIGINT' : 'SIGTERM'));
  const gapMs = Math.round(30 + random() * 2_000);
  run.child.kill(first);
  await Promise.race([sleep(gapMs), run.ended]);
  if (run.hasEnded()) return {...(await whatEndedFirst(run, {scene, sent: first})), where}; // There was nothing to destroy yet.
  run.child.kill(second);
  const ended = await run.waitForEnd(10_000);
  const printed = /type: build-spark (.+)$/m.exec(run.stderr())?.[1];
  const finish = await runTool(scene, (printed ?? 'machines').split(' '), {
    timeoutMs: 240_000,
    logName: 'finish',
  });
  const problems = await lookAfter(scene);
  if (ended?.code !== 3) problems.push(`${first}, ${second}: ${show(ended)}, not 3\n${run.stderr()}`);
  if (printed === undefined) problems.push(`no command was printed:\n${run.stderr()}`);
  if (finish.code !== 0)
    problems.push(`build-spark ${printed}: ${show(finish)}: ${finish.stdout}${finish.stderr}`);
  return {
    problems,
    where,
    lengths: findLengths(run),
    note: `${first}, ${second} ${gapMs} ms later, ${show(ended)}; build-spark ${printed}: ${seconds(finish.durationMs)}`,
  };
}

/** Two copies at once, the same state folder; one is killed in mid-build, the other must not notice. */
export async function pair(scene, moment) {
  const other = await createScene({
    ...{launcher: scene.launcher, provider: scene.provider},
    ...{label: `${scene.label}b`, folder: scene.folder},
  });
  const killed = startTool(scene, planBuildArguments(scene), {logName: 'killed'});
  const kept = startTool(other, planBuildArguments(other), {logName: 'kept'});
  const where = await reachMoment(killed, moment);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const isBoth = !kept.hasEnded();
  const reap = await runTool(scene, ['reap', '--json'], {timeoutMs: 240_000});
  const ended = await kept.waitForEnd(1_800_000);
  const problems = [
    ...(await lookAfter(other)),
    ...(await findLeftovers(scene)).filter((line) => !line.endsWith('b')),
  ];
  if (!isBoth) problems.push('the other copy had ended before the kill');
  if (reap.code !== 0) problems.push(`reap: ${show(reap)}: ${reap.stdout}${reap.stderr}`);
  if (reap.stdout.includes(other.label)) problems.push(`reap took the other copy's machine: ${reap.stdout}`);
  if (ended?.code !== 0) problems.push(`the other copy: ${show(ended)}\n${kept.stderr()}`);
  if (!(await exists(join(findDist(other), 'manifest.json')))) problems.push('the other copy gave no dist');
  return {problems, where, note: `reaped ${countReaped(reap.stdout)}; the other copy: ${show(ended)}`};
}

/** Its machine is stopped behind its back: a clear failure, within about half a minute. */
export const stopped = (scene, moment) => meddle(scene, moment, runAll('stop'));
/** Its machine is destroyed behind its back. */
export const destroyed = (scene, moment) => meddle(scene, moment, runAll('destroy'));
/** Somebody in it switches it off. */
export const poweredOff = (scene, moment) =>
  meddle(scene, moment, (machine) => providerTools[scene.provider].powerOff(runHost, machine, scene));
const runAll = (name) => async (machine, provider) => {
  for (const command of providerTools[provider][name]) await runHost(...command, machine);
};

async function meddle(scene, moment, work) {
  const run = startTool(scene, planBuildArguments(scene));
  const where = await reachMoment(run, moment);
  const machine = run.machines().at(-1);
  if (where === undefined || machine === undefined) return whatEndedFirst(run);
  const sentMs = run.elapsedMs();
  const step = run.events.filter(({type}) => type === 'step.started').at(-1)?.step;
  await work(machine, scene.provider);
  await Promise.race([run.waitFor('step.finished', step), run.ended]);
  const noticedMs = run.elapsedMs() - sentMs;
  const ended = await run.waitForEnd(240_000);
  const problems = await lookAfter(scene);
  const failure = run.find('build.finished')?.failure;
  if (ended?.code !== 1) problems.push(`${show(ended)}, not 1\n${run.stderr()}`);
  if (failure?.message === undefined || !failure.hint)
    problems.push(`no clear failure: ${JSON.stringify(failure)}`);
  if (noticedMs > 40_000) problems.push(`noticed only after ${seconds(noticedMs)}`);
  return {
    problems,
    where,
    lengths: findLengths(run),
    note: `noticed after ${seconds(noticedMs)}, ${show(ended)}: ${failure?.kind}: ${failure?.message}`,
  };
}

/** Its cable is pulled: nothing says that it is gone, and it goes on running. The tool tries again, in another machine. */
export async function cut(scene, moment) {
  const run = startTool(scene, planBuildArguments(scene));
  const where = await reachMoment(run, moment);
  const machine = run.machines().at(-1);
  if (where === undefined || machine === undefined) return whatEndedFirst(run);
  const sentMs = run.elapsedMs();
  await providerTools[scene.provider].cutNetwork(runHost, machine);
  await Promise.race([run.waitFor('step.finished', moment.step), run.ended]);
  const noticedMs = run.elapsedMs() - sentMs;
  const ended = await run.waitForEnd(1_800_000);
  const problems = await lookAfter(scene);
  const count = run.machines().length;
  if (ended?.code !== 0) problems.push(`${show(ended)}, not 0\n${run.stderr()}`);
  if (count !== 2) problems.push(`${count} machines, not two`);
  if (!(await exists(findDist(scene)))) problems.push('there is no dist');
  if (noticedMs > 220_000) problems.push(`noticed only after ${seconds(noticedMs)}`);
  const note = `noticed after ${seconds(noticedMs)}; in another machine: ${show(ended)}`;
  return {problems, where, note};
}

/**
 * The build was over before its moment came: to be drawn again, unless it failed.
 * @param sent A signal that it got; before it listens, that ends it at once, and then it must have made nothing.
 */
async function whatEndedFirst(run, {scene, sent} = {}) {
  const ended = await run.ended;
  if (sent !== undefined && ended.signal === sent && run.events.length === 0)
    return {problems: await findLeftovers(scene), missed: true};
  const isFine = ended.code === 0 || ended.code === 130;
  return {
    problems: isFine ? [] : [`the build ended by itself: ${show(ended)}\n${run.stderr()}`],
    missed: true,
  };
}

function countReaped(json) {
  try {
    return JSON.parse(json).length;
  } catch {
    return '?';
  }
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
