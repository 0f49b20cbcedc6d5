// Two ways to a dist, each timed by its phases: the manual route, and the tool. Knows how they are started, not what is
// compared with what.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, openSync} from 'node:fs';
import {mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {fileURLToPath, URL} from 'node:url';
import {createExec} from '../lib/core/exec.js';
import {planPaths} from '../lib/core/paths.js';
import {skipTestArguments} from '../lib/maven/dependency-plan.js';
import {writeSampleRepository} from '../lib/source/sample-repository.js';
import {createScene, runTool, startTool} from '../test/support/scene.mjs';
import {writeStandIn} from './stand-in.mjs';

const script = fileURLToPath(new URL('manual-route.sh', import.meta.url));
const git = (...argv) => execFileSync('git', argv, {encoding: 'utf8', maxBuffer: 1 << 28});
export const selectionOf = (release) =>
  release.startsWith('spark2-') ? ['--spark2', release.slice('spark2-'.length)] : ['--cdh', release];

/** What was started has machines, and destroys them when it is told to end. @returns what takes the promise back. */
function onExit(stop) {
  process.once('exit', stop);
  return () => process.removeListener('exit', stop);
}

/**
 * @param source As for --source. @param work Folder that outlives an interruption; logs are there too.
 * @param options Further options of every build, such as --dependencies.
 */
export async function openRoutes({source, work = join(tmpdir(), 'build-spark-bench'), options = []}) {
  await mkdir(work, {recursive: true});
  const paths = planPaths(process.env, homedir());
  const repository =
    source === 'sample'
      ? await writeSampleRepository(paths.sample, {exec: createExec(process.env)})
      : join(work, 'source.git');
  // The guest's user has to be able to read it, whoever owns the original: hence no hard links to that.
  if (!existsSync(repository)) {
    git('clone', '--quiet', '--mirror', '--no-hardlinks', source, repository);
    execFileSync('chmod', ['-R', 'a+rX', repository]);
  }
  const scene = await createScene({folder: join(work, 'scene'), label: 'bench'});
  const common = ['--source', source, '--provider', 'lxc', ...options];

  /** What the manual route needs to know of a release. */
  const readRelease = async (release) => {
    const argv = [...selectionOf(release), ...common];
    const {stdout, code, stderr} = await runTool(scene, ['plan', ...argv, '--json'], {logName: 'plan'});
    if (code !== 0) throw new Error(`plan: ${stderr}`);
    const [plan] = JSON.parse(stdout).builds;
    const folder = join(work, 'releases', release);
    const patch = join(folder, 'changes.patch');
    const dependencies = plan.dependencies === 'apache' ? join(folder, 'dependencies') : undefined;
    if (!existsSync(patch)) {
      await mkdir(folder, {recursive: true});
      const source = ['source', ...argv, '--output', folder, '--force'];
      const {code, stderr} = await runTool(scene, source, {logName: 'source'});
      if (code !== 0) throw new Error(`source: ${stderr}`);
      const tree = join(folder, `source-${plan.dist.replace(/^dist-/, '').replace(/-nodeps.*$/, '')}`);
      if (dependencies !== undefined) await writeStandIn(tree, dependencies);
      await writeFile(patch, git('-C', tree, 'diff'));
      await rm(tree, {recursive: true});
    }
    return {tag: plan.tag, script: plan.script, patch, dependencies, words: plan.arguments};
  };

  /**
   * @param isOurCall Whether the script gets what we add to the article's words: tests are not compiled.
   * @returns a running manual route. `built` and `again()` give {ms} of the script, `end()` {ms, phases} of all.
   */
  const startManual = async (version, {isOurCall = false} = {}) => {
    const {tag, script: path, patch, dependencies, words} = await readRelease(version);
    const argv = ['--source', repository, '--ref', tag, '--output', join(work, 'manual'), '--patch', patch];
    if (dependencies !== undefined) argv.push('--dependencies', dependencies);
    const call = isOurCall ? words : words.filter((word) => !skipTestArguments.includes(word));
    const child = spawn(script, [...argv, '--script', path, '--', ...call], {
      stdio: ['pipe', 'pipe', openSync(join(work, 'manual.log'), 'a')], // a pipe would break when we end
    });
    const release = onExit(() => child.kill('SIGTERM'));
    const phases = {};
    const waiting = [];
    const ended = new Promise((resolve) => child.once('close', resolve));
    createInterface({input: child.stdout}).on('line', (line) => {
      const [, name, ms] = line.split('\t');
      phases[name] = Number(ms);
      if (name === 'build' || name === 'rebuild') waiting.shift()?.(Number(ms));
    });
    const next = async () => {
      const ms = await Promise.race([new Promise((resolve) => waiting.push(resolve)), ended.then(() => {})]);
      if (ms === undefined) throw new Error(`The manual route failed: see ${join(work, 'manual.log')}`);
      return {ms};
    };
    return {
      built: next(),
      again: () => {
        child.stdin.write('\n');
        return next();
      },
      end: async () => {
        child.stdin.end();
        const code = await ended;
        release();
        if (code !== 0)
          throw new Error(`The manual route ended with ${code}: see ${join(work, 'manual.log')}`);
        return {ms: phases.total, phases};
      },
    };
  };
  const runManual = async (release) => {
    const route = await startManual(release);
    route.built.catch(() => {}); // `end` says so
    return route.end();
  };

  const removeCaches = (name) => rm(join(work, name), {recursive: true, force: true});
  /** An empty cache, but for the box and its record: the manual route has the box too. */
  const makeCaches = async (name) => {
    const folder = join(work, name);
    await removeCaches(name);
    await mkdir(join(folder, 'build-spark'), {recursive: true});
    await symlink(paths.boxes, join(folder, 'build-spark/boxes'));
  };
  /** @param caches Name of a folder that makeCaches made; absent: the user's own. */
  const runOurs = async (argv, {caches, expects = 0} = {}) => {
    const env =
      caches === undefined
        ? {}
        : {XDG_CACHE_HOME: join(work, caches), BUILD_SPARK_LAYERS: join(work, caches, 'layers')};
    const words = [...argv, '--output', scene.output, '--json'];
    const run = startTool({...scene, env: {...scene.env, ...env}}, words, {logName: 'ours'});
    // In a process group of its own: a Ctrl-C that ends us does not reach it by itself.
    const release = onExit(() => run.child.kill('SIGTERM'));
    const {code, durationMs} = await run.ended;
    release();
    if (code !== expects) throw new Error(`build-spark ended with ${code}: ${run.stderr()}`);
    const phases = {};
    for (const {type, step, durationMs} of run.events)
      if (type === 'step.finished') phases[step] = (phases[step] ?? 0) + durationMs;
    const status = run.events.findLast(({type}) => type === 'build.finished')?.status;
    return {ms: durationMs, status, phases};
  };
  const build = (release, extra, caches) =>
    runOurs([...selectionOf(release), ...common, ...extra], caches === undefined ? {} : {caches});
  /** Releases of CDH and of Spark 2 together, as a file for `batch`. */
  const writeMatrix = async (releases) => {
    const file = join(work, 'batch.yaml');
    const rows = releases.map((release) => {
      const [option, value] = selectionOf(release);
      return `  - {${option.slice(2)}: ${value}}\n`;
    });
    await writeFile(file, `options:\n  source: ${source}\n  provider: lxc\nreleases:\n${rows.join('')}`);
    return file;
  };
  const readManifest = async (dist) =>
    JSON.parse(await readFile(join(scene.output, dist, 'manifest.json'), 'utf8'));
  const clear = () => rm(scene.output, {recursive: true, force: true});
  return {
    ...{work, repository, scene, startManual, runManual, readRelease, makeCaches, removeCaches},
    ...{runOurs, build, writeMatrix, readManifest, clear},
  };
}
