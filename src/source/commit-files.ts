// Reads files of one commit in a bare repository: with two calls of git those that every plan needs, others one by one.
import {randomUUID} from 'node:crypto';
import type {ReadFile} from '../catalogue/inspect.ts';
import type {Git} from './git.ts';

export interface CommitFiles {
  readonly read: ReadFile;
  /** Text of every pom.xml, by its path. */
  readonly poms: ReadonlyMap<string, string>;
}

const isPom = (path: string): boolean => path === 'pom.xml' || path.endsWith('/pom.xml');
const wantedSurely = new Set([
  'make-distribution.sh',
  'dev/make-distribution.sh',
  'R/install-dev.sh',
  'bin/sparkR',
]);

/** @param commit Its id, or a ref that names it. @throws CommandError when it is not there. */
export async function openCommit(git: Git, commit: string, signal?: AbortSignal): Promise<CommitFiles> {
  const options = signal && {signal};
  const {stdout} = await git(['ls-tree', '-r', '-z', commit], options);
  const ids = new Map(
    stdout.split('\0').flatMap((line): readonly [string, string][] => {
      const [, id, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return id === undefined || path === undefined ? [] : [[path, id]];
    }),
  );
  const first = [...ids.keys()].filter((path) => isPom(path) || wantedSurely.has(path));
  const texts = await readBlobs(
    git,
    first.map((path) => ids.get(path) ?? ''),
    signal,
  );
  const known = new Map(first.map((path, index) => [path, texts[index] ?? '']));
  return {
    poms: new Map([...known].filter(([path]) => isPom(path))),
    read: async (path) => {
      const id = ids.get(path);
      if (id === undefined) return undefined;
      return known.get(path) ?? (await readBlobs(git, [id], signal))[0];
    },
  };
}

/** @returns Their texts in the same order. */
async function readBlobs(git: Git, ids: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  // A line that no file can hold stands before each text; git ends each with a line feed of its own.
  const header = randomUUID();
  const {stdout} = await git(['cat-file', `--batch=${header}`], {
    input: ids.map((id) => `${id}\n`).join(''),
    ...(signal && {signal}),
  });
  const texts = `${stdout}\n`.split(`${header}\n`).slice(1);
  if (texts.length !== ids.length)
    throw new Error(`git cat-file gave ${texts.length} of ${ids.length} files.`);
  return texts.map((text) => text.replace(/\n$/, ''));
}
