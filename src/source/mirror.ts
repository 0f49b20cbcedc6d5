// Owns the bare mirrors: one a source, holding only the commits that were asked for, each without history. docs/adr/0003.
import {createHash} from 'node:crypto';
import {mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {markUse} from '../store/uses.ts';
import type {Clock} from '../core/clock.ts';
import {describeError, hasErrorCode, HostError, UsageError} from '../core/errors.ts';
import {CommandError, type Exec} from '../core/exec.ts';
import {withLock} from '../core/lock.ts';
import type {Paths} from '../core/paths.ts';
import {openCommit, type CommitFiles} from './commit-files.ts';
import {createGit, explainGitError, type Git} from './git.ts';
import type {SourceLocation} from './location.ts';
import {openRemote, type Remote} from './git-remote.ts';
import {checkRef, isCommitId} from './ref.ts';
import {describeMove, notHere, unknownRef} from './ref-words.ts';

export interface MirrorTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly paths: Pick<Paths, 'git' | 'sample' | 'locks' | 'uses' | 'boxUses'>;
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** What git says while it fetches, such as "Receiving objects:  42%". */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Asks the server of a URL also for what is here already. */
  readonly refresh?: boolean;
  /** Opens no connection: anything that is not here yet is a HostError. Paths of this host are read all the same. */
  readonly isLocal?: boolean | undefined;
  /** The same, and for good: what is missing has to be brought here. */
  readonly isOffline?: boolean | undefined;
  /** What cannot be asked for is taken as it was when it was fetched last, with a note. */
  readonly mayBeOld?: boolean;
}

export interface ResolveOptions extends FetchOptions {
  /** The commit that this name should have, as a list says that was read elsewhere. */
  readonly expected?: string | undefined;
}

interface Resolved {
  /** As it was named. */
  readonly tag: string;
  readonly commit: string;
  /** One sentence on a ref that has moved, or that could not be asked for. */
  readonly note?: string;
}

export interface Mirror {
  readonly source: SourceLocation;
  /** The bare repository. */
  readonly folder: string;
  /**
   * The commit that a tag, branch, full ref name, `HEAD` or commit id names; fetched when it is not here. A tag wins
   * over a branch of the same name. Branches are asked for each time; tags of a URL only once, since they seldom move.
   * @throws UsageError for a ref that cannot be or does not exist, and for a source that is not a repository;
   * HostError when the source is out of reach, wants other credentials, or the disk is full.
   */
  resolve(ref: string, options?: ResolveOptions): Promise<Resolved>;
  /** The files of a commit that `resolve` gave. The last one that was asked for is kept. */
  open(commit: string, signal?: AbortSignal): Promise<CommitFiles>;
}

/** Longest wait for a list of refs; a fetch is given up earlier when nothing comes, see git.ts. */
const listTimeoutMs = 60_000;
const fetchTimeoutMs = 3_600_000;

/** Where the mirror of a source is, whether it was made yet or not. */
export function planMirrorFolder(source: SourceLocation, paths: Pick<Paths, 'git'>): string {
  return join(paths.git, `${source.slug}.git`);
}

/** Names of refs in the mirror. Hashed, so that `a` and `a/b`, or `A` and `a`, can be there at once on any disk. */
const nameRef = (fullName: string): string =>
  `refs/build-spark/names/${createHash('sha1').update(fullName).digest('hex')}`;
/** Its being there says that the whole commit is there: it is written last. */
const commitRef = (commit: string): string => `refs/build-spark/commits/${commit}`;

export function openMirror(source: SourceLocation, tools: MirrorTools): Mirror {
  const folder = planMirrorFolder(source, tools.paths);
  const git = createGit(tools.exec, folder, {isBare: true});
  let opened: {readonly commit: string; readonly files: CommitFiles} | undefined;

  const talk = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainGitError(error, source);
    }
  };

  const listRemote = async (remote: Remote, patterns: readonly string[], signal?: AbortSignal) => {
    const args = ['ls-remote', ...remote.options, '--', remote.where, ...patterns];
    const {stdout} = await talk(() => remote.talk(args, {timeoutMs: listTimeoutMs, ...(signal && {signal})}));
    return new Map(
      stdout.split('\n').flatMap((line): readonly [string, string][] => {
        const [id, name] = line.split('\t');
        return id === undefined || name === undefined ? [] : [[name, id]];
      }),
    );
  };

  const findCommit = async (name: string, signal?: AbortSignal): Promise<string | undefined> => {
    const args = ['rev-parse', '--verify', '--quiet', `${name}^{commit}`];
    const {exitCode, stdout} = await git(args, {allow: 'any', ...(signal && {signal})});
    return exitCode === 0 && isCommitId(stdout.trim()) ? stdout.trim() : undefined;
  };

  /** Whether all of a commit is here. One call of git says so and lists its files, which whoever asks will open. */
  const isWhole = async (commit: string, signal?: AbortSignal): Promise<boolean> => {
    try {
      opened = {commit, files: await openCommit(git, commitRef(commit), signal)};
      return true;
    } catch (error) {
      if (error instanceof CommandError) return false;
      throw error;
    }
  };

  /** @param from Full name or commit id, as the remote has it. */
  const fetch = async (remote: Remote, from: string, options: FetchOptions): Promise<string> => {
    await mkdir(tools.paths.git, {recursive: true});
    // Beside what it guards: copies with other state folders may share the cache.
    const lock = join(tools.paths.git, `${source.slug}.lock`);
    const signal = options.signal && {signal: options.signal};
    const waiting = {...signal, announce: options.onLine, doing: `is fetching from ${source.name}`};
    return withLock(
      lock,
      tools,
      async () => {
        await prepareFolder(folder, git);
        const to = isCommitId(from) ? commitRef(from) : nameRef(from);
        const args = ['--progress', '--depth=1', '--no-tags', ...remote.options, '--', remote.where];
        const {onLine = () => undefined} = options;
        await talk(() =>
          remote.talk(['fetch', ...args, `+${from}:${to}`], {timeoutMs: fetchTimeoutMs, ...signal, onLine}),
        );
        return markWhole(git, to, from, source);
      },
      waiting,
    );
  };

  /** So that the name is known here when the source is out of reach; a fetch by name does it itself. */
  const remember = async (fullName: string, commit: string, signal?: AbortSignal): Promise<void> => {
    if (source.type !== 'url' || (await findCommit(nameRef(fullName), signal)) === commit) return;
    const lock = join(tools.paths.git, `${source.slug}.lock`);
    await withLock(lock, tools, () => git(['update-ref', nameRef(fullName), commit]), {
      signal,
      doing: `is fetching from ${source.name}`,
    });
  };

  /** The commit that the server gave one of these names when it was asked last. */
  const findKnown = async (names: readonly string[], signal?: AbortSignal): Promise<string | undefined> => {
    for (const name of names) {
      const commit = await findCommit(nameRef(name), signal);
      if (commit !== undefined && (await isWhole(commit, signal))) return commit;
    }
    return undefined;
  };

  const resolveName = async (ref: string, options: ResolveOptions): Promise<Resolved> => {
    const {signal, expected, refresh = false} = options;
    const isUrl = source.type === 'url';
    const fullNames =
      ref === 'HEAD' || ref.startsWith('refs/') ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
    const tags = fullNames.filter((name) => name.startsWith('refs/tags/'));
    const known = isUrl ? await findKnown(tags, signal) : undefined;
    if (known !== undefined && !refresh)
      return {tag: ref, commit: known, ...noteOf(describeMove(ref, source, known, expected))};
    if (isUrl && !refresh && expected !== undefined && (await isWhole(expected, signal)))
      return {tag: ref, commit: expected};
    if (isUrl && options.isLocal === true) {
      const old = options.mayBeOld === true ? await findKnown(fullNames, signal) : undefined;
      if (old === undefined) throw notHere(ref, source, options);
      return {tag: ref, commit: old};
    }
    try {
      const remote = await openRemote(source, git, tools, signal);
      await mkdir(folder, {recursive: true}); // git needs the folder that --git-dir names, for a list as well
      const patterns = fullNames.flatMap((name) => [name, `${name}^{}`]);
      const names = await listRemote(remote, patterns, signal);
      const found = fullNames.find((name) => names.has(name));
      if (found === undefined)
        throw unknownRef(ref, source, [...(await listRemote(remote, [], signal)).keys()]);
      const commit = names.get(`${found}^{}`) ?? names.get(found) ?? '';
      const moved = noteOf(
        known === undefined || known === commit
          ? undefined
          : `The tag ${ref} of ${source.name} has moved, from ${known} to ${commit}.`,
      );
      if (!(await isWhole(commit, signal)))
        return {tag: ref, commit: await fetch(remote, found, options), ...moved};
      await remember(found, commit, signal);
      return {tag: ref, commit, ...moved};
    } catch (error) {
      const old =
        options.mayBeOld === true && isUrl && error instanceof HostError
          ? await findKnown(fullNames, signal)
          : undefined;
      if (old === undefined) throw error;
      const why = describeError(error);
      return {tag: ref, commit: old, note: `${why} ${ref} is taken as it was fetched last: ${old}.`};
    }
  };

  return {
    source,
    folder,
    async open(commit, signal) {
      if (opened?.commit !== commit) opened = {commit, files: await openCommit(git, commit, signal)};
      return opened.files;
    },
    async resolve(ref, options = {}) {
      checkRef(ref);
      const {signal} = options;
      // From here on it is not pruned until this process ends.
      await markUse(tools, {kind: 'git', name: source.slug});
      if (!isCommitId(ref)) return resolveName(ref, options);
      const known = await findCommit(commitRef(ref), signal);
      if (known !== undefined) return {tag: ref, commit: known};
      if (source.type === 'url' && options.isLocal === true) throw notHere(ref, source, options);
      const remote = await openRemote(source, git, tools, signal);
      return {tag: ref, commit: await fetch(remote, ref, options)};
    },
  };
}

const noteOf = (note: string | undefined): Pick<Resolved, 'note'> => (note === undefined ? {} : {note});

/** @returns The commit; its ref is written last and says that all of it is there. */
async function markWhole(git: Git, to: string, from: string, source: SourceLocation): Promise<string> {
  const {exitCode, stdout} = await git(['rev-parse', '--verify', '--quiet', `${to}^{commit}`], {
    allow: 'any',
  });
  const commit = stdout.trim();
  if (exitCode !== 0 || !isCommitId(commit))
    throw new UsageError(
      `${from} of ${source.name} does not name a commit.`,
      'Name a tag, a branch or a commit that can be checked out.',
    );
  await git(['update-ref', commitRef(commit), commit]);
  return commit;
}

/** Makes the mirror, or repairs what a killed git left in it. Only while our lock is held, so no git of ours is at work. */
async function prepareFolder(folder: string, git: Git): Promise<void> {
  try {
    await mkdir(folder, {recursive: true});
    const entries = await readdir(folder, {recursive: true, withFileTypes: true});
    const leftovers = entries.filter(
      (entry) =>
        entry.isFile() &&
        (entry.name.endsWith('.lock') || entry.name.startsWith('tmp_') || /^shallow_\w{6}$/.test(entry.name)),
    );
    await Promise.all(leftovers.map((entry) => rm(join(entry.parentPath, entry.name), {force: true})));
    await git(['init', '--quiet', '--bare', '--template=']);
  } catch (error) {
    if (!hasErrorCode(error, 'EACCES', 'EROFS', 'ENOSPC', 'EPERM')) throw error;
    throw new HostError(
      `The mirror ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      'Free it, or let XDG_CACHE_HOME name a folder that can be written.',
      {cause: error},
    );
  }
}
