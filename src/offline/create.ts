// `bundle create`: from the options of builds to one file with all that they need where there is no network.
import {mkdtemp} from 'node:fs/promises';
import {arch} from 'node:os';
import {basename, dirname, join} from 'node:path';
import type {BuildRow} from '../batch/build-options.ts';
import {listLacks} from '../batch/find-missing.ts';
import type {PlannedBuild} from '../batch/plan-run.ts';
import {runPreflight, type Preflight} from '../batch/preflight.ts';
import {catalogueSource} from '../batch/selection.ts';
import type {Session} from '../batch/session.ts';
import {defaultFeature} from '../catalogue/features.ts';
import {renderRelease} from '../catalogue/ref-facts.ts';
import {readFreeBytes} from '../core/disk.ts';
import {HostError, type ExitCode} from '../core/errors.ts';
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
import {planSample, prepareGroups, refuseR, type Lacking, type Seen} from './prepare.ts';
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
    // Nothing is up to date: it is not the dists that are wanted, but what they are made of.
    const groups = [rows, ...planSample(rows)].map((group) =>
      group.map((row) => ({...row, options: {...row.options, output: work, force: true}})),
    );
    const look = async (asked: readonly BuildRow[]): Promise<Seen> => {
      const preflight = await runPreflight(session, asked, {boots: true, onWait: say});
      refuseR(preflight.builds);
      return {preflight, lacking: await findLacking(preflight, session)};
    };
    const preflights = await prepareGroups(groups, {look, build, say, signal});
    const {manifest, contents} = await collect(session, preflights, work, say);
    const layout = planLayout(manifest);
    say(`${basename(file)}: ${renderSize(layout.bytes)} in ${manifest.files.length} files`);
    await refuseWithoutRoom(file, layout.bytes);
    const files = await writeBundle(file, layout, {
      find: (sha256) => contents.find(sha256),
      ...{splitBytes, signal},
      onProgress: (bytes) => onProgress?.(bytes, layout.bytes),
      onResume: (bytes) => say(`resuming after the ${renderSize(bytes)} already written`),
    });
    return {files, bytes: layout.bytes, manifestSha256: layout.manifestSha256, manifest};
  } finally {
    await removeTree(work);
  }
}

async function findLacking({builds}: Preflight, {paths}: Session): Promise<readonly Lacking[]> {
  const found = await Promise.all(
    builds.map(async (build) => (await listLacks(build, paths)).map((lack) => ({plan: build.plan, lack}))),
  );
  return found.flat();
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
    say(await collectPackages(session, host, contents, work));
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
    `The bundle takes ${renderSize(bytes)}, and only ${renderSize(free)} is free in ${dirname(file)}.`,
    'Make room there, or name another place with --output <file>.',
  );
}
