// `bundle create`: from the options of builds to one file with all that they need where there is no network.
import {mkdtemp} from 'node:fs/promises';
import {arch} from 'node:os';
import {basename, dirname, join} from 'node:path';
import type {BuildOptions, BuildRow} from '../batch/build-options.ts';
import {listLacks} from '../batch/find-missing.ts';
import type {PlannedBuild} from '../batch/plan-run.ts';
import {runPreflight, type Preflight} from '../batch/preflight.ts';
import {catalogueSource} from '../batch/selection.ts';
import type {Session} from '../batch/session.ts';
import {defaultFeature} from '../catalogue/features.ts';
import {renderRelease} from '../catalogue/ref-facts.ts';
import {readFreeBytes} from '../core/disk.ts';
import {BuildError, exitCodes, HostError, type ExitCode} from '../core/errors.ts';
import {removeTree} from '../core/mounts.ts';
import {projectRoot} from '../core/paths.ts';
import {renderSize} from '../core/text.ts';
import {readVersion} from '../core/tool-version.ts';
import {debianArchitecture} from '../host/host.ts';
import {collectBox, collectMaven, collectModules, collectPackages, collectSources} from './collect.ts';
import {sweepWork} from '../store/sweep.ts';
import {BundleContents} from './contents.ts';
import {planLayout} from './layout.ts';
import type {BundleManifest} from './manifest.ts';
import {packTool} from './tool-package.ts';
import {writeBundle} from './write-bundle.ts';

export interface BundleWish {
  /** As for a build; of what is said of dists nothing counts. */
  readonly rows: readonly BuildRow[];
  /** Absolute. */
  readonly file: string;
  readonly splitBytes?: number | undefined;
}

export interface BundleTalk {
  readonly say: (line: string) => void;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
  /** Builds these rows, as the command does, with their dists in this folder. */
  readonly build: (rows: readonly BuildRow[]) => Promise<ExitCode>;
}

export interface WrittenBundle {
  readonly files: readonly string[];
  readonly bytes: number;
  /** Of the list of all that is in it: whoever has it by another way knows the bundle by it. */
  readonly manifestSha256: string;
  readonly manifest: BundleManifest;
}

/** @throws As a build does; and HostError when there is no room for it. */
export async function createBundle(
  session: Session,
  {rows, file, splitBytes}: BundleWish,
  {say, build, onProgress}: BundleTalk,
): Promise<WrittenBundle> {
  const {signal} = session;
  const workName = `.${basename(file)}-work-`;
  const isWork = (name: string): boolean =>
    name.startsWith(workName) && /^[A-Za-z0-9]{6}$/.test(name.slice(workName.length));
  await sweepWork(dirname(file), isWork, session.clock.now());
  const work = await mkdtemp(join(dirname(file), workName));
  try {
    const preflights = [];
    for (const each of [rows, ...planSample(rows)]) {
      // Nothing is up to date: it is not the dists that are wanted, but what they are made of.
      const asked = each.map((row) => ({...row, options: {...row.options, output: work, force: true}}));
      preflights.push(await prepare(session, asked, {say, build}));
    }
    const {manifest, contents} = await collect(session, preflights, work, say);
    const layout = planLayout(manifest);
    say(`${basename(file)}: ${renderSize(layout.bytes)} in ${manifest.files.length} files`);
    await refuseWithoutRoom(file, layout.bytes);
    const files = await writeBundle(file, layout, {
      find: (sha256) => contents.find(sha256),
      ...{splitBytes, signal},
      onProgress: (bytes) => onProgress?.(bytes, layout.bytes),
      onResume: (bytes) => say(`going on after ${renderSize(bytes)} that are there already`),
    });
    return {files, bytes: layout.bytes, manifestSha256: layout.manifestSha256, manifest};
  } finally {
    await removeTree(work);
  }
}

const machineKeys = ['provider', 'box', 'boxChecksum', 'memory', 'cpus'];

function keep(options: BuildOptions, keys: readonly string[]): BuildOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => keys.includes(key)));
}

/** The first command of the README is to work on the other host too: it shows that it can build. */
function planSample([first]: readonly BuildRow[]): readonly (readonly BuildRow[])[] {
  if (first === undefined || first.options.source === 'sample') return [];
  return [[{options: {...keep(first.options, machineKeys), cdh: ['5.7.0'], source: 'sample'}}]];
}

/** @returns What is decided of these rows, once the caches have what their builds need. */
async function prepare(
  session: Session,
  rows: readonly BuildRow[],
  {say, build}: Pick<BundleTalk, 'say' | 'build'>,
): Promise<Preflight> {
  const how = {boots: true, onWait: say};
  const preflight = await runPreflight(session, rows, how);
  const lacking = await findLacking(preflight, session);
  if (lacking.length === 0) return preflight;
  for (const {plan, lack} of lacking) say(`${plan.buildId}: ${lack}, so it is built once now`);
  const plans = new Set(lacking.map(({plan}) => plan));
  const code = await build([...plans].map((plan) => narrow(rows, plan)));
  if (code === exitCodes.interrupted) session.signal.throwIfAborted();
  const again = await runPreflight(session, rows, how);
  const [left] = await findLacking(again, session);
  if (left === undefined) return again;
  throw new BuildError(
    `${left.plan.buildId} is still not complete: ${left.lack}.`,
    `Build it by itself, and read why: build-spark logs ${left.plan.buildId}`,
  );
}

interface Lacking {
  readonly plan: PlannedBuild['plan'];
  readonly lack: string;
}

async function findLacking({builds}: Preflight, {paths}: Session): Promise<readonly Lacking[]> {
  const found = await Promise.all(
    builds.map(async (build) => (await listLacks(build, paths)).map((lack) => ({plan: build.plan, lack}))),
  );
  return found.flat();
}

/** Just this build, as the row that it came of has it. */
function narrow(
  [first]: readonly BuildRow[],
  {tag, features, deps, compileTests}: PlannedBuild['plan'],
): BuildRow {
  const given = Object.keys(first?.options ?? {}).filter(
    (key) => !['cdh', 'spark2', 'newestOf'].includes(key),
  );
  return {options: {...keep(first?.options ?? {}, given), ref: tag, with: features, deps, compileTests}};
}

async function collect(
  session: Session,
  preflights: readonly Preflight[],
  work: string,
  say: (line: string) => void,
): Promise<{readonly manifest: BundleManifest; readonly contents: BundleContents}> {
  const contents = new BundleContents();
  const {path, name} = await packTool(session.exec, projectRoot, work);
  const tool = await contents.addFile(path, undefined, `tool/${name}`);
  contents.add('tool', {kind: 'tool', name, sha256: tool});
  say('the tool itself');
  for (const {builds, request, standIn} of preflights) {
    await collectSources(session, builds, {contents, work, request, standIn});
    for (const build of builds) await collectMaven(session, build, contents);
    for (const build of builds) await collectModules(session, build, contents, standIn);
  }
  say("commits, Maven's artifacts");
  const host = preflights[0]?.host;
  if (host !== undefined) {
    await collectBox(session, host.machine, contents);
    say(`the box ${host.box.name}`);
    say(await collectPackages(session, host, contents));
  }
  return {
    contents,
    manifest: contents.render({
      toolVersion: readVersion(),
      architecture: debianArchitecture(arch()),
      builds: preflights.flatMap(({builds}) => builds).map(describeBuild),
    }),
  };
}

/** With what to type on the other host. */
function describeBuild({plan, source}: PlannedBuild): BundleManifest['builds'][number] {
  const {buildId, tag, commit, features, deps, dependencies, smoke, compileTests} = plan;
  const [, kind, version] = /^(cdh|spark2-)(\d.*)$/.exec(renderRelease(tag)) ?? [];
  const which =
    kind === undefined || version === undefined
      ? ['--ref', tag]
      : [kind === 'cdh' ? '--cdh' : '--spark2', version];
  const isOther = source.type === 'sample' || (source.type === 'url' && source.name !== catalogueSource);
  return {
    ...{buildId, tag, commit},
    command: [
      ...['build-spark', ...which],
      ...(isOther ? ['--source', source.name] : []),
      ...(features.join() === defaultFeature ? [] : ['--with', features.join(',') || 'none']),
      ...(deps === 'provided' ? [] : ['--deps', deps]),
      ...(dependencies === 'none' ? [] : ['--dependencies', dependencies]),
      ...(compileTests ? ['--compile-tests'] : []),
      ...(smoke ? ['--smoke'] : []),
      '--offline',
    ],
  };
}

/** What an unfinished one takes already is counted twice: better so than a full disk. */
async function refuseWithoutRoom(file: string, bytes: number): Promise<void> {
  const free = await readFreeBytes(dirname(file));
  if (free > bytes) return;
  throw new HostError(
    `The bundle takes ${renderSize(bytes)}, and ${renderSize(free)} are free in ${dirname(file)}.`,
    'Make room there, or name another place with --output <file>.',
  );
}
