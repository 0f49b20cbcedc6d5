// Takes lines of the removal block back, by edit of the distribution script. Pure: text in, text and diff out.
import type {FeatureName} from '../catalogue/features.ts';
import {findRemovalBlocks, parseRemoval, type UndeleteRules} from '../catalogue/removal.ts';
import {UsageError} from '../core/errors.ts';
import {renderLineDiff} from './line-diff.ts';

/** Stands before each line that was taken back. */
export const keptMark = '# Kept by build-spark:';

export type Undelete =
  | {readonly status: 'nothing'; readonly kept: readonly []}
  | {
      readonly status: 'edited';
      /** Paths in the dist, in the order of the script. */
      readonly kept: readonly string[];
      /** The whole script. */
      readonly text: string;
      /** Unified, for `patch -p0` in the root of the repository. */
      readonly diff: string;
    };

/**
 * Comments out the rm lines of those scripts whose code is built; all others, and every other byte, stay.
 * @param path Of the script in the tree, for the diff.
 * @param features What is built. With none of them nothing is edited.
 * @throws UsageError when the block is not exactly the one that the rules describe.
 */
export function planUndelete(
  script: string,
  path: string,
  features: readonly FeatureName[],
  rules: UndeleteRules,
): Undelete {
  const blocks = findRemovalBlocks(script, rules);
  const [block] = blocks;
  if (features.length === 0) return {status: 'nothing', kept: []};
  const lines = script.split('\n');
  const mentioned = lines.filter((line) => rules.removals.some((rule) => isRemovalOf(line, rule.path)));
  if (block === undefined) {
    const [stray] = mentioned;
    if (stray !== undefined) throw unexpected(path, `it has \`${stray.trim()}\` without Cloudera's comment`);
    return {status: 'nothing', kept: []};
  }
  if (blocks.length > 1) throw unexpected(path, 'the block is there more than once');
  checkBlock(block.lines, mentioned.length, path, rules);
  const kept = rules.removals.filter((rule) => features.includes(rule.feature)).map((rule) => rule.path);
  const edited = lines.map((line, index) => {
    const removed =
      index > block.start && index <= block.start + block.lines.length ? parseRemoval(line) : undefined;
    return removed !== undefined && kept.includes(removed) ? `${keptMark} ${line}` : line;
  });
  const order = block.lines.map(parseRemoval).filter((removed) => removed !== undefined);
  return {
    status: 'edited',
    kept: order.filter((removed) => kept.includes(removed)),
    text: edited.join('\n'),
    diff: renderLineDiff(path, lines, edited),
  };
}

function checkBlock(
  lines: readonly string[],
  mentions: number,
  path: string,
  {removals, stays}: UndeleteRules,
): void {
  const paths = lines.map((line) => {
    const removed = parseRemoval(line);
    if (removed === undefined) throw unexpected(path, `the block has the line \`${line.trim()}\``);
    return removed;
  });
  const known = [...removals.map((rule) => rule.path), ...stays];
  const strange = paths.find((removed) => !known.includes(removed));
  if (strange !== undefined) throw unexpected(path, `the block removes ${strange}`);
  const twice = paths.find((removed, index) => paths.indexOf(removed) !== index);
  if (twice !== undefined) throw unexpected(path, `the block removes ${twice} twice`);
  const missing = removals.find((rule) => !paths.includes(rule.path));
  if (missing !== undefined) throw unexpected(path, `the block does not remove ${missing.path}`);
  if (mentions !== removals.length)
    throw unexpected(path, 'one of the scripts is removed outside the block as well');
}

/** Whether a command, not a comment, removes this file of the dist, in whatever way it is written. */
function isRemovalOf(line: string, path: string): boolean {
  return /^\s*(?:\S+\s+)*rm\s/.test(line) && !/^\s*#/.test(line) && line.includes(`/${path}`);
}

function unexpected(path: string, what: string): UsageError {
  return new UsageError(
    `${path} cannot be undeleted: ${what}.`,
    'Bring the block to the form of a release tag, or build with `--with none`; patches/undelete/README.md describes it.',
  );
}
