// Whether a second build of a dist gave the same bytes, and what differs in what made them. Knows no machine.
import {isDeepStrictEqual} from 'node:util';
import {renderPath} from '../core/inner-paths.ts';
import type {Manifest} from '../distribution/manifest.ts';
import {compareFiles} from './compare-files.ts';
import {explainDifferences, type Explanation} from './explain-differences.ts';
import {readSide} from './side.ts';

export interface Reproduction {
  /** Absolute paths. */
  readonly dist: string;
  readonly again: string;
  readonly same: boolean;
  readonly files: number;
  readonly differences: readonly Explanation[];
  /** What was not the same about the two builds: what may explain it, and what is shown not to matter. */
  readonly circumstances: readonly string[];
}

/** @param manifests Of the two, in the same order. */
export async function compareBuilds(
  [dist, first]: readonly [string, Manifest],
  [again, second]: readonly [string, Manifest],
  signal?: AbortSignal,
): Promise<Reproduction> {
  const [left, right] = [await readSide(dist, signal), await readSide(again, signal)];
  const files = compareFiles(left, right);
  const differences = await explainDifferences(left, right, files, signal);
  return {
    ...{dist, again},
    same: files.differences.length === 0,
    files: left.files.length,
    differences,
    circumstances: findCircumstances(first, second),
  };
}

/** Pure. */
function findCircumstances(first: Manifest, second: Manifest): readonly string[] {
  const values: readonly (readonly [string, unknown, unknown])[] = [
    ['commit', first.commit, second.commit],
    ['arguments', first.arguments, second.arguments],
    ['patches', first.patches, second.patches],
    ['dependencies', first.dependencies, second.dependencies],
    ['replaced', first.replaced, second.replaced],
    ['time', first.sourceDateEpoch ?? 'of the build', second.sourceDateEpoch ?? 'of the build'],
    ['build-spark', first.toolVersion, second.toolVersion],
    ['box', first.definition?.box, second.definition?.box],
    ['operating system', first.guest.os, second.guest.os],
    ['JDK', first.guest.jdk, second.guest.jdk],
    ['Maven', first.guest.maven, second.guest.maven],
    ['packages', first.guest.packages, second.guest.packages],
    ["words of Maven's call", first.mavenOptions, second.mavenOptions],
    ['cores', first.machine.cpus, second.machine.cpus],
    ['memory in MiB', first.machine.memoryMib, second.machine.memoryMib],
    ['provider', first.machine.provider, second.machine.provider],
    ['day', first.startedAt.slice(0, 10), second.startedAt.slice(0, 10)],
  ];
  return values
    .filter(([, one, other]) => !isDeepStrictEqual(one, other))
    .map(([what, one, other]) => `${what}: ${show(one)}, then ${show(other)}`);
}

function show(value: unknown): string {
  if (value === undefined) return 'not recorded';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return renderPath(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** For people. Pure. */
export function renderReproduction(
  {dist, again, same, files, differences, circumstances}: Reproduction,
  {verbose = false}: {readonly verbose?: boolean | undefined},
): readonly string[] {
  const limit = verbose ? Infinity : 50;
  return [
    ...circumstances.map((each) => `builds    ${each}`),
    ...differences
      .slice(0, limit)
      .map(
        ({path, entry, reason}) =>
          `DIFFERS   ${[path, ...(entry === undefined ? [] : [entry])].map(renderPath).join(' ')} ${reason}`,
      ),
    ...(differences.length > limit ? [`and ${differences.length - limit} more; --verbose names all`] : []),
    same
      ? `${again} has the same bytes as ${dist}: all ${files} files.`
      : `${again} differs from ${dist} in ${differences.length === 1 ? 'one place' : `${differences.length} places`}.`,
  ];
}
