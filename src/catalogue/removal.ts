// Finds the block at the end of a distribution script that removes scripts. Knows the rules in patches/undelete, edits nothing.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {projectRoot} from '../core/paths.ts';
import {featureScripts, type FeatureScript} from './features.ts';

const undeleteRulesSchema = z.object({
  /** Regular expression of the comment that opens the block. */
  marker: z.string(),
  /** May be removed as well, and goes on being removed. */
  stays: z.array(z.string()),
});

export interface UndeleteRules extends z.infer<typeof undeleteRulesSchema> {
  /** Each of them is removed once, in any order. */
  readonly removals: readonly FeatureScript[];
}

/** The rules that we ship: patches/undelete/undelete.json, and the scripts of each feature. */
export async function readUndeleteRules(): Promise<UndeleteRules> {
  const path = join(projectRoot, 'patches/undelete/undelete.json');
  const rules = undeleteRulesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  return {...rules, removals: featureScripts};
}

export interface RemovalBlock {
  /** Index into the lines of the script, from 0, of the comment. */
  readonly start: number;
  /** The lines after the comment up to the next blank one. */
  readonly lines: readonly string[];
}

/** @returns Every block that the marker opens; a script that we know has at most one. */
export function findRemovalBlocks(script: string, rules: UndeleteRules): readonly RemovalBlock[] {
  const lines = script.split('\n');
  const marker = new RegExp(rules.marker);
  return lines.flatMap((line, start) => {
    if (!marker.test(line)) return [];
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((next) => next.trim() === '');
    return [{start, lines: end === -1 ? rest : rest.slice(0, end)}];
  });
}

/**
 * @returns `bin/beeline` for `rm "$DISTDIR/bin/beeline"`, quoted or not and without options;
 * undefined for any other line.
 */
export function parseRemoval(line: string): string | undefined {
  const match = /^rm (?:"\$DISTDIR\/([^"\s]+)"|\$DISTDIR\/(\S+))$/.exec(line);
  return match?.[1] ?? match?.[2];
}
