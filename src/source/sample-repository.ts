// Owns the git repository of the sample source: what `--source sample` builds. Knows no build.
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rename, stat} from 'node:fs/promises';
import {join, relative, sep} from 'node:path';
import {removeTree} from '../core/mounts.ts';
import {z} from '../core/schema.ts';
import {hasErrorCode} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {projectRoot} from '../core/paths.ts';
import {renderFastImport} from './fast-import.ts';
import {renderTag, type SampleTree} from './sample-tree.ts';

export interface SampleTools {
  readonly exec: Exec;
  readonly signal?: AbortSignal | undefined;
}

const sampleFolder = join(projectRoot, 'data', 'sample');
const unfinishedForMs = 3_600_000;

const dataSchema = z.object({
  author: z.string(),
  common: z.record(z.string(), z.array(z.string())),
  tags: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['lightweight', 'annotated']),
      date: z.string(),
      overlays: z.array(z.string()),
      values: z.record(z.string(), z.string()),
      profiles: z.array(z.string()),
      fragments: z.record(z.string(), z.array(z.string())),
    }),
  ),
});

/**
 * Makes the bare repository with the sample's tags, unless it is there. Its name holds a hash of all that is in
 * it, so a changed sample is another repository, and whoever reads the old one is not disturbed. Commit ids are
 * the same on every host. Idempotent; may run in two processes at once.
 * @param dir Parent of the repository; created if need be.
 * @returns Path of the repository: `<dir>/sample-<hash>.git`.
 */
export async function writeSampleRepository(dir: string, tools: SampleTools): Promise<string> {
  const stream = await readSampleStream();
  const path = join(dir, `sample-${createHash('sha256').update(stream).digest('hex').slice(0, 12)}.git`);
  if (await isThere(path)) return path;
  await mkdir(dir, {recursive: true});
  await removeUnfinished(dir);
  const draft = await mkdtemp(join(dir, '.unfinished-'));
  try {
    const git = join(draft, 'sample.git');
    const options = {env: neutralEnv(draft), signal: tools.signal};
    await tools.exec(['git', 'init', '--quiet', '--bare', '--template=', git], options);
    // Not by --initial-branch: git has that since 2.28 only.
    await tools.exec(['git', '--git-dir', git, 'symbolic-ref', 'HEAD', 'refs/heads/main'], options);
    await tools.exec(['git', '--git-dir', git, 'fast-import', '--quiet'], {...options, input: stream});
    await rename(git, path).catch(async (error: unknown) => {
      if (hasErrorCode(error, 'EEXIST', 'ENOTEMPTY') && (await isThere(path))) return; // Another process was faster.
      throw error;
    });
    return path;
  } finally {
    await removeTree(draft);
  }
}

/** The whole history as git will read it; what the repository's name is a hash of. */
async function readSampleStream(): Promise<string> {
  const data = dataSchema.parse(JSON.parse(await readFile(join(sampleFolder, 'tags.json'), 'utf8')));
  const tree = readTree(join(sampleFolder, 'tree'));
  const snapshots = data.tags.map((tag) => ({
    tag: tag.name,
    kind: tag.kind,
    date: tag.date,
    files: renderTag(tag, data.common, tree),
  }));
  return renderFastImport(snapshots, data.author);
}

/**
 * At once: for two hundred small files, waiting for each takes longer than reading it. npm drops every `.gitignore` from
 * a package, and the commits would be others: ours is stored without the dot.
 */
function readTree(folder: string): SampleTree {
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map((file): [string, string] => {
    const path = relative(folder, file)
      .replaceAll(sep, '/')
      .replace(/(^|\/)gitignore$/, '$1.gitignore');
    return [path, readFileSync(file, 'utf8').replaceAll('\r\n', '\n')]; // A checkout may have autocrlf.
  });
  return new Map(texts);
}

/** Takes away all by which the user's git could be told otherwise. */
function neutralEnv(home: string): Readonly<Record<string, string | undefined>> {
  return {
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: undefined,
    GIT_DEFAULT_HASH: 'sha1',
    GIT_DEFAULT_REF_FORMAT: 'files',
  };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

/** What a process that was killed left behind; a younger one may still be at work. */
async function removeUnfinished(dir: string): Promise<void> {
  for (const name of (await readdir(dir)).filter((entry) => entry.startsWith('.unfinished-'))) {
    const path = join(dir, name);
    const {mtimeMs} = await stat(path).catch(() => ({mtimeMs: Infinity}));
    if (Date.now() - mtimeMs > unfinishedForMs) await removeTree(path).catch(() => undefined); // A prune says why.
  }
}
