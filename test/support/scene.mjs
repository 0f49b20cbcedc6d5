// One run of the real tool on this host's real lxc or libvirt: its own state and output folders, and what it left behind anywhere.
// Shared by test/vm and test/real; plain JavaScript, since scripts import it as it is (types: scene.d.mts).
import {execFile, spawn} from 'node:child_process';
/* global AbortController */
import {randomBytes} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {providerTools} from './provider-tools.mjs';

export const defaultLauncher = fileURLToPath(new URL('../../bin/build-spark', import.meta.url));

/** The label is part of the machine's name and of the dist's, so that nobody else's are ever counted as ours. */
export async function createScene({
  launcher = defaultLauncher,
  label,
  folder,
  provider = 'lxc',
  env = {},
} = {}) {
  const name = label ?? `td${randomBytes(3).toString('hex')}`;
  const place = folder ?? (await mkdtemp(join(tmpdir(), `build-spark-${name}-`)));
  const state = join(place, 'state');
  const temporary = join(place, 'tmp');
  const output = join(place, `out-${name}`);
  for (const each of [state, temporary, output]) await mkdir(each, {recursive: true});
  // The user's own HOME and cache stay: the record of the box, the sample and Vagrant's boxes are there.
  const environment = {...process.env, XDG_STATE_HOME: state, TMPDIR: temporary, NO_COLOR: '1', ...env};
  return {launcher, provider, label: name, folder: place, state, temporary, output, env: environment};
}

/** Arguments of a build of the sample into the scene. */
export function planBuildArguments({label, output, provider}, extra = []) {
  const selection = ['--cdh', '5.7.0', '--source', 'sample', '--provider', provider];
  return [...selection, '--memory', '2g', '--output', output, '--label', label, '--json', ...extra];
}

/** Name of the dist that planBuildArguments gives. */
export const findDist = ({label, output}) => join(output, `dist-cdh5.7.0-nodeps-${label}`);

/** Starts the tool; what it prints is kept, and written to files in the scene's folder. */
export function startTool(scene, argv, {logName = 'run'} = {}) {
  const startMs = performance.now();
  const child = spawn(scene.launcher, argv, {
    env: scene.env,
    cwd: scene.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // A process group of its own, as a terminal gives it: kill(-pid) is Ctrl-C.
  });
  const events = [];
  const watchers = new Set();
  const errors = [];
  const text = [];
  child.stderr.pipe(createWriteStream(join(scene.folder, `${logName}.stderr`)));
  child.stdout.pipe(createWriteStream(join(scene.folder, `${logName}.stdout`)));
  createInterface({input: child.stderr}).on('line', (line) => errors.push(line));
  createInterface({input: child.stdout}).on('line', (line) => {
    text.push(line);
    if (!line.startsWith('{"')) return;
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      return; // The line at which it was killed.
    }
    events.push(event);
    for (const watcher of watchers) watcher();
  });
  const run = {
    child,
    events,
    elapsedMs: () => performance.now() - startMs,
    stdout: () => text.join('\n'),
    stderr: () => errors.join('\n'),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    find: (type, step) =>
      events.find((event) => event.type === type && (step === undefined || event.step === step)),
    machines: () => events.filter(({type}) => type === 'machine.created').map(({machine}) => machine),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        for (const watcher of watchers) watcher();
        resolve({code, signal, durationMs: performance.now() - startMs});
      });
    }),
    /** @returns the event, or undefined when the tool ended without it. */
    waitFor: (type, step, timeoutMs = 1_200_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = run.find(type, step);
          if (found === undefined && !run.hasEnded()) return;
          stop();
          resolve(found);
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`no ${type} ${step ?? ''} after ${timeoutMs / 1000} s`));
        }, timeoutMs);
        const stop = () => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
    /** Waits for the end, but not for ever. @returns undefined when it did not come in time; then it was killed. */
    waitForEnd: async (timeoutMs) => {
      const giveUp = new AbortController();
      const late = sleep(timeoutMs, undefined, {signal: giveUp.signal}).catch(() => undefined);
      const ended = await Promise.race([run.ended, late]);
      giveUp.abort();
      if (ended === undefined) child.kill('SIGKILL');
      return ended;
    },
  };
  return run;
}

/** Runs the tool to its end. A hang is an exit code of null and `signal: 'SIGKILL'`. */
export async function runTool(scene, argv, {timeoutMs = 300_000, logName = argv[0] ?? 'run'} = {}) {
  const run = startTool(scene, argv, {logName});
  const ended = (await run.waitForEnd(timeoutMs)) ?? (await run.ended);
  return {...ended, stdout: run.stdout(), stderr: run.stderr(), events: run.events, machines: run.machines()};
}

/** Runs a command of this host. @returns its output and exit code; never throws for the latter. */
export function runHost(...argv) {
  return new Promise((resolve, reject) => {
    execFile(argv[0], argv.slice(1), {timeout: 60_000, maxBuffer: 1 << 26}, (error, stdout, stderr) => {
      if (typeof error?.code === 'string')
        reject(error); // It was not started.
      else resolve({code: error === null ? 0 : (error.code ?? -1), stdout, stderr});
    });
  });
}

const list = (folder) => readdir(folder).catch(() => []);

/**
 * All that is left of a scene on this host, one line each; empty is clean. Processes get some seconds to end.
 * @param mayHaveDist Whether a whole dist may be in the output; anything else there is a leftover.
 */
export async function findLeftovers(scene, {mayHaveDist = true, graceMs = 15_000} = {}) {
  const {label, state, output, provider} = scene;
  const ours = (names) => names.filter((name) => name.includes(label));
  const found = [];
  const add = (what, names) => found.push(...names.map((name) => `${what}: ${name}`));
  const machines = await providerTools[provider].list(runHost);
  for (const [where, names] of Object.entries(machines)) add(where, ours(names));
  add('journal', await list(join(state, 'build-spark/journal')));
  add('machines folder', await list(join(state, 'build-spark/machines')));
  const dist = findDist(scene);
  for (const name of await list(output)) {
    if (join(output, name) !== dist || !mayHaveDist) add('output', [name]);
    else {
      const {code, stdout} = await runTool(scene, ['verify', dist, '--json'], {logName: 'verify'});
      if (code !== 0) add('half dist', [stdout]);
    }
  }
  add('half-made layer', await findDeadLayers());
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  add(
    'mount',
    mounts.filter((line) => line.includes(label)),
  );
  for (const controller of await list('/sys/fs/cgroup'))
    add(
      'cgroup',
      ours(await list(join('/sys/fs/cgroup', controller))).map((name) => `${controller}/${name}`),
    );
  let processes = await findProcesses(scene);
  for (let waitedMs = 0; processes.length > 0 && waitedMs < graceMs; waitedMs += 500) {
    await sleep(500);
    processes = await findProcesses(scene);
  }
  add('process', processes);
  return found;
}

/** Layers of root file systems that a process which is no more had begun; every `destroy` sweeps them. */
async function findDeadLayers() {
  const makers = (await list('/var/cache/build-spark/layers')).filter((name) => name.startsWith('.new-'));
  const processes = await list('/proc');
  return makers.filter((name) => !processes.includes(name.split('-')[1]));
}

/** Processes that inherited the scene's environment, carry the tool's mark, or name the label. */
export async function findProcesses({label, state}) {
  const found = await Promise.all(
    (await list('/proc'))
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(async (pid) => {
        const read = (name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
        const [environment, command] = await Promise.all([read('environ'), read('cmdline')]);
        const isOurs =
          command.includes(label) ||
          environment
            .split('\0')
            .some(
              (entry) =>
                entry === `XDG_STATE_HOME=${state}` ||
                (entry.startsWith('BUILD_SPARK_MACHINE=') && entry.includes(label)),
            );
        return isOurs ? [`${pid} ${command.replaceAll('\0', ' ').slice(0, 160)}`] : [];
      }),
  );
  return found.flat();
}

/** What must work after any interruption: no lock of a dead process holds up the next command. */
export async function checkNextCommands(scene) {
  const problems = [];
  const machines = await runTool(scene, ['machines', '--json'], {timeoutMs: 60_000, logName: 'machines'});
  if (machines.code !== 0 || machines.stdout.trim() !== '[]')
    problems.push(
      `machines --json: exit ${machines.code ?? machines.signal}, ${machines.stdout}${machines.stderr}`,
    );
  const argv = ['plan', '--cdh', '5.7.0', '--source', 'sample', '--output', scene.output, '--json'];
  const plan = await runTool(scene, argv, {timeoutMs: 120_000, logName: 'plan'});
  if (plan.code !== 0) problems.push(`plan: exit ${plan.code ?? plan.signal}, ${plan.stderr}`);
  const locks = await list(join(scene.state, 'build-spark/locks'));
  if (locks.length > 0) problems.push(`stale locks: ${locks.join(', ')}`);
  return problems;
}

/** Last resort of a test that failed: nothing of its scene stays on the host. Only machines with its label. */
export async function clearScene(scene) {
  for (const line of await findProcesses(scene)) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  const {list: listMachines, destroy, sweep} = providerTools[scene.provider];
  const names = new Set(Object.values(await listMachines(runHost)).flat());
  for (const name of names) {
    if (!name.includes(scene.label)) continue;
    for (const command of destroy) await runHost(...command, name);
    await sweep(name);
  }
  await rm(scene.folder, {recursive: true, force: true});
}
