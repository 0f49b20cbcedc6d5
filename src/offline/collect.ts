// Finds what builds need in the caches of this host, and puts it on the list of a bundle. Writes nothing but into a work folder.
import {join} from 'node:path';
import type {HostChoice} from '../batch/host-choice.ts';
import type {PlannedBuild} from '../batch/plan-run.ts';
import type {Session} from '../batch/session.ts';
import {catalogueSource} from '../batch/selection.ts';
import {BuildError, HostError} from '../core/errors.ts';
import {CommandError, lastLines} from '../core/exec.ts';
import {readRelease} from '../host/host.ts';
import {downloadPackages, renderSystem} from '../host/host-packages.ts';
import {listNeeds} from '../host/setup-needs.ts';
import {findOwnSet, listSets, planFilePath, planSetFile, readSet} from '../maven/artifact-sets.ts';
import {listCompiled, nameCompiled} from '../maven/compiled.ts';
import {planSettings} from '../maven/maven-network.ts';
import {findModules} from '../maven/module-store.ts';
import type {StandIn} from '../maven/stand-in.ts';
import {listCatalogue, readBoxCatalogue} from '../machine/box-catalogue.ts';
import {boxFolder, readBuiltBox} from '../machine/boxes.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {planSet} from '../recipe/keep-artifacts.ts';
import {readDomain} from '../recipe/trust-domain.ts';
import {parseSource, type SourceLocation} from '../source/location.ts';
import {collectCommits} from './collect-git.ts';
import type {BundleContents} from './contents.ts';

/** Where the other host looks for it: a path of this one means nothing there. */
function placeSource(source: SourceLocation, instead: string): SourceLocation {
  return source.type === 'path' ? parseSource(instead, '/') : source;
}

export async function collectSources(
  session: Session,
  builds: readonly PlannedBuild[],
  {
    contents,
    work,
    request,
    standIn,
  }: {
    readonly contents: BundleContents;
    readonly work: string;
    readonly request: BuildRequest;
    readonly standIn: StandIn;
  },
): Promise<void> {
  const [first] = builds;
  if (first !== undefined && first.source.type !== 'sample') {
    const commits = builds.map(({plan}) => plan.commit);
    const to = placeSource(first.source, catalogueSource);
    await collectCommits(session, {from: first.source, to, commits}, contents, work);
  }
  const compiled = builds.flatMap(({dependencyPlan, sourceFacts}) =>
    dependencyPlan.compiled.map((each) => ({
      ...each,
      wish: listCompiled(dependencyPlan.mode, sourceFacts, standIn).find(({name}) => name === each.name),
    })),
  );
  for (const {name, commit, wish} of compiled) {
    if (wish === undefined) throw new Error(`No source is planned for ${name}.`);
    const named = (wish.source === 'parquet' ? request.parquetSource : undefined) ?? wish.repository;
    const from = parseSource(named, session.terminal.cwd);
    const to = placeSource(from, wish.repository);
    const others = compiled
      .filter((each) => each.wish?.repository === wish.repository)
      .map((each) => each.commit);
    if (contents.has(`git ${to.slug}`)) continue;
    await collectCommits(session, {from, to, commits: [commit, ...others]}, contents, work);
  }
}

export async function collectMaven(
  {paths: {maven}}: Session,
  build: PlannedBuild,
  contents: BundleContents,
): Promise<void> {
  const own = planSet(build);
  const found = findOwnSet(await listSets(maven), own);
  const set = found === undefined ? undefined : await readSet(maven, found);
  if (found === undefined || set === undefined) throw new Error(`${own.name} has left the cache.`);
  // Which builds may share is told by the source, but for commits that Cloudera published.
  if ((await readDomain(build.plan, placeSource(build.source, catalogueSource))) !== own.domain)
    throw new BuildError(
      `${build.plan.buildId} is from a folder of this host, which the other host does not have.`,
      'Name the source by its URL: --source <url>',
    );
  const sha256 = await contents.addFile(planSetFile(maven, found));
  contents.add(`maven ${found}`, {kind: 'maven', name: found, sha256});
  for (const artifact of set.artifacts)
    await contents.addFile(planFilePath(maven, artifact.sha256), artifact.sha256);
}

/** Under the name that they have where no mirror and no proxy is asked. */
export async function collectModules(
  session: Session,
  {dependencyPlan, definition}: PlannedBuild,
  contents: BundleContents,
  standIn: StandIn,
): Promise<void> {
  const closed = planSettings(dependencyPlan.mode, standIn, {mirrors: [], proxies: {}});
  for (const each of dependencyPlan.compiled) {
    const path = await findModules(session, nameCompiled(each, dependencyPlan.settingsXml, definition));
    if (path === undefined)
      throw new HostError(
        `The jars of ${each.name} (${each.tag}) are not in the cache.`,
        'Build the release once, then type the same again.',
      );
    const name = nameCompiled(each, closed, definition);
    contents.add(`modules ${name}`, {kind: 'modules', name, sha256: await contents.addFile(path)});
  }
}

/** The box as its recipe made it, with our record of it. */
export async function collectBox(
  session: Session,
  {provider, box: reference}: HostChoice['machine'],
  contents: BundleContents,
): Promise<void> {
  const box = listCatalogue(await readBoxCatalogue()).find(
    (one) => one.reference.name === reference.name && one.provider === provider && one.recipe !== undefined,
  );
  const built = box === undefined ? undefined : await readBuiltBox(session, box);
  if (box === undefined || built === undefined)
    throw new HostError(
      `A bundle holds boxes that build-spark has built, and ${reference.name} (${provider}) is not one.`,
      'Take --box debian; or bring that box to the other host yourself: vagrant box add <file>.',
    );
  const folder = boxFolder(session, box);
  const files = [];
  for (const name of ['debian.box', 'debian.json', 'built.json'])
    files.push({name, sha256: await contents.addFile(join(folder, name))});
  if (files[0]?.sha256 !== built.sha256)
    throw new HostError(
      `${join(folder, 'debian.box')} is damaged (its checksum is wrong).`,
      `Make it again: build-spark box build --provider ${provider} --force`,
    );
  contents.add(`box ${provider} ${built.name}`, {
    ...{kind: 'box', name: built.name, provider, folder: box.os ?? 'own', files},
  });
}

/** @param work An empty folder of ours. @returns What to say of it. */
export async function collectPackages(
  session: Pick<Session, 'exec' | 'signal'>,
  {host, machine}: Pick<HostChoice, 'host' | 'machine'>,
  contents: BundleContents,
  work: string,
): Promise<string> {
  const release = await readRelease(host);
  if (machine.provider !== 'lxc' || release.id !== 'debian')
    return 'no packages for the host: only those of Debian are collected, for lxc';
  const folder = join(work, 'packages');
  const needs = listNeeds('lxc').map(({name}) => name);
  try {
    const names = await downloadPackages(session.exec, folder, needs, session.signal);
    const files = [];
    for (const name of names) files.push({name, sha256: await contents.addFile(join(folder, name))});
    const system = renderSystem(release, host.architecture);
    contents.add(`packages ${system}`, {kind: 'packages', system, files});
    return `${names.length} packages for a host with ${release.prettyName}`;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new HostError(
      `apt could not give the packages that a host needs: ${lastLines(error.result.stderr, 3)}`,
      'Type: apt-get update; then the same again.',
    );
  }
}
