// Commits of a source for a bundle: one pack without history, and the names they were asked for by. And back into a mirror.
import {mkdir, readdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../core/clock.ts';
import type {Exec} from '../core/exec.ts';
import {withLock} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import {createGit} from '../source/git.ts';
import {planMirrorFolder} from '../source/mirror.ts';
import type {SourceLocation} from '../source/location.ts';
import type {BundleContents} from './contents.ts';
import type {BundleContent} from './manifest.ts';

interface GitTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly paths: Pick<Paths, 'git'>;
}

/** The same objects have the same bytes. */
const packSettings = ['-c', 'pack.threads=1', '-c', 'repack.writeBitmaps=false'];
const commitRef = (commit: string): string => `refs/build-spark/commits/${commit}`;

/**
 * @param from Whose mirror has them.
 * @param to As the other host knows it: a path of this one means nothing there.
 * @param work An empty folder of ours.
 */
export async function collectCommits(
  tools: GitTools,
  {
    from,
    to,
    commits,
  }: {readonly from: SourceLocation; readonly to: SourceLocation; readonly commits: readonly string[]},
  contents: BundleContents,
  work: string,
): Promise<void> {
  const mirror = planMirrorFolder(from, tools.paths);
  const wanted = [...new Set(commits)].sort();
  const names = await listNames(tools, mirror, wanted);
  const folder = join(work, `${to.slug}.git`);
  await mkdir(folder, {recursive: true});
  const git = createGit(tools.exec, folder, {isBare: true});
  await git(['init', '--quiet', '--bare', '--template=']);
  const specs = wanted.map((commit) => `+${commitRef(commit)}:${commitRef(commit)}`);
  await git(['fetch', '--quiet', '--depth=1', '--no-tags', '--', mirror, ...specs]);
  await git([...packSettings, 'repack', '-a', '-d', '-q', '-f']);
  const packs = (await readdir(join(folder, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
  const [pack, ...more] = packs;
  if (pack === undefined || more.length > 0)
    throw new Error(`${folder} has ${packs.length} packs after a repack.`);
  const sha256 = await contents.addFile(join(folder, 'objects/pack', pack));
  const source = to.name;
  contents.add(`git ${to.slug}`, {
    kind: 'git',
    slug: to.slug,
    source,
    sha256,
    commits: wanted,
    refs: [...names],
  });
}

/** What the mirror calls these commits. */
async function listNames(
  {exec}: GitTools,
  mirror: string,
  commits: readonly string[],
): Promise<readonly {readonly name: string; readonly commit: string}[]> {
  const git = createGit(exec, mirror, {isBare: true});
  const {stdout} = await git([
    'for-each-ref',
    '--format=%(refname) %(objectname) %(*objectname)',
    'refs/build-spark/names/',
  ]);
  return stdout.split('\n').flatMap((line) => {
    const [name = '', object = '', peeled = ''] = line.split(' ');
    const commit = peeled === '' ? object : peeled;
    return commits.includes(commit) ? [{name, commit}] : [];
  });
}

/**
 * Git itself reads the pack, object by object, before the mirror gets any of it.
 * @param pack As the bundle had it.
 * @param work An empty folder of ours.
 */
export async function takeCommits(
  tools: GitTools,
  {slug, source, commits, refs}: Extract<BundleContent, {kind: 'git'}>,
  pack: string,
  work: string,
): Promise<void> {
  const folder = join(work, `${slug}.git`);
  await mkdir(folder, {recursive: true});
  const git = createGit(tools.exec, folder, {isBare: true});
  await git(['init', '--quiet', '--bare', '--template=']);
  const packs = join(folder, 'objects/pack');
  await mkdir(packs, {recursive: true});
  await rename(pack, join(packs, 'pack-bundle.pack'));
  await writeFile(join(folder, 'shallow'), commits.map((commit) => `${commit}\n`).join(''));
  await git(['index-pack', '--strict', join(packs, 'pack-bundle.pack')]);
  for (const commit of commits) await git(['update-ref', commitRef(commit), commit]);
  for (const {name, commit} of refs) await git(['update-ref', name, commit]);
  const mirror = join(tools.paths.git, `${slug}.git`);
  await mkdir(mirror, {recursive: true});
  // As source/mirror.ts locks it.
  await withLock(
    join(tools.paths.git, `${slug}.lock`),
    tools,
    async () => {
      const to = createGit(tools.exec, mirror, {isBare: true});
      await to(['init', '--quiet', '--bare', '--template=']);
      const names = refs.map(({name}) => `+${name}:${name}`);
      // The refs of commits say that all of one is here; git writes refs after the objects.
      const whole = commits.map((commit) => `+${commitRef(commit)}:${commitRef(commit)}`);
      await to(['fetch', '--quiet', '--depth=1', '--no-tags', '--', folder, ...whole, ...names]);
    },
    {doing: `is taking commits of ${source} out of a bundle`},
  );
}
