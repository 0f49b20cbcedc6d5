// What a dist is made from, and how two such sets differ. Pure; knows no files.
import {isDeepStrictEqual} from 'node:util';
import {z} from '../core/schema.ts';

const featureSchema = z.enum(['thriftserver', 'sparkr']);
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex');

/** Texts, or objects such as `{property, from, to}`: whatever tells a reader what was put in place of what. */
const replacementSchema = z.union([z.string(), z.record(z.string(), z.unknown())]);

export const inputsSchema = z.object({
  /** URL or path without secrets, or `sample`. */
  source: z.string(),
  /** The ref as it was named. */
  tag: z.string(),
  /** 40 hex digits (64 in a SHA-256 repository). */
  commit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'is not a commit'),
  features: z.array(featureSchema),
  deps: z.enum(['provided', 'bundled']),
  /** Whose Hadoop, Hive … it was compiled against; `none` for a source without Cloudera's parent. */
  dependencies: z.enum(['cloudera', 'apache', 'none']),
  replaced: z.array(replacementSchema),
  /** In the order of their application: ours, then the user's. */
  patches: z.array(z.object({name: z.string(), sha256: sha256Schema})),
  /** All that make-distribution.sh was given, in order. */
  arguments: z.array(z.string()),
});

/** A dist made from equal inputs need not be made again. */
export type DistInputs = z.infer<typeof inputsSchema>;

/**
 * The first difference that matters, in words which complete "it …". `source` and `tag` do not count: the same
 * commit is the same source, wherever it came from.
 * @param there Of the dist that is there.
 * @param asked Of the one that is asked for.
 */
export function findDifference(there: DistInputs, asked: DistInputs): string | undefined {
  if (there.commit !== asked.commit)
    return `was made from commit ${shorten(there.commit)} of ${there.source}, and not from ${shorten(asked.commit)} of ${asked.source}`;
  const features = renderFeatures(there);
  if (features !== renderFeatures(asked))
    return `was made with ${features}, and not with ${renderFeatures(asked)}`;
  if (there.deps !== asked.deps) return `was made with --deps ${there.deps}, and not ${asked.deps}`;
  if (there.dependencies !== asked.dependencies)
    return `was compiled against dependencies "${there.dependencies}", and not "${asked.dependencies}"`;
  return (
    findPatchDifference(there, asked) ??
    findListDifference('argument', there.arguments, asked.arguments) ??
    (isDeepStrictEqual(there.replaced, asked.replaced)
      ? undefined
      : (findListDifference('replacement', there.replaced.map(renderText), asked.replaced.map(renderText)) ??
        'had its dependencies replaced in another way'))
  );
}

function findPatchDifference(there: DistInputs, asked: DistInputs): string | undefined {
  // Two patches of one run may have the same file name, in different folders.
  const findOnly = ({patches}: DistInputs, name: string): string | undefined => {
    const found = patches.filter((patch) => patch.name === name);
    return found.length === 1 ? found[0]?.sha256 : undefined;
  };
  const changed = asked.patches.find(({name}) => {
    const [before, now] = [findOnly(there, name), findOnly(asked, name)];
    return before !== undefined && now !== undefined && before !== now;
  });
  if (changed !== undefined) return `was made with another content of the patch ${changed.name}`;
  const render = ({patches}: DistInputs): string[] =>
    patches.map(({name, sha256}) => `${name} (${sha256.slice(0, 12)})`);
  const difference = findListDifference('patch', render(there), render(asked));
  return (
    difference ??
    (isDeepStrictEqual(there.patches, asked.patches) ? undefined : 'was made with other patches')
  );
}

function findListDifference(
  what: string,
  there: readonly string[],
  asked: readonly string[],
): string | undefined {
  const added = asked.find((item) => !there.includes(item));
  if (added !== undefined) return `was made without the ${what} ${added}`;
  const gone = there.find((item) => !asked.includes(item));
  if (gone !== undefined) return `was made with the ${what} ${gone}, which is not asked for now`;
  return isDeepStrictEqual(there, asked)
    ? undefined
    : `was made with another order or number of ${what === 'patch' ? 'patche' : what}s`;
}

function renderFeatures({features}: DistInputs): string {
  return features.length === 0 ? 'no features' : [...new Set(features)].sort().join(' and ');
}

function renderText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shorten(commit: string): string {
  return commit.slice(0, 12);
}
