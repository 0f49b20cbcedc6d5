// Reads versions and ranges of the two lines, and puts them in an order that semver alone would get wrong. Pure.
import semver from 'semver';
import type {RefFacts} from './ref-facts.ts';

/** `cdh`: what `--cdh` selects. `spark2`: what `--spark2` does, Cloudera's Spark 2 for CDH 5. */
export type Line = 'cdh' | 'spark2';

/** `5.7.0` or `2.4.0-cloudera2`; undefined for a row that belongs to another line. */
export function versionOf(facts: RefFacts, line: Line): string | undefined {
  if (line === 'spark2') return /^spark2-(.+)$/.exec(facts.tag)?.[1];
  return facts.tag.startsWith('cdh') ? facts.cdhVersion : undefined;
}

/**
 * The version as semver sees it. `2.4.0-cloudera2` comes after 2.4.0, while semver takes what follows a dash for an
 * early form of it; so it becomes 2.4.2, and 2.4.1-cloudera1 would be 2.4.1001.
 * @param isPlainScaled Whether 2.4.1 itself becomes 2.4.1000, as versions of the line spark2 do.
 */
export function toSemver(version: string, isPlainScaled = false): string {
  return version.replace(
    /(\d+)\.(\d+)\.(\d+)(?:[-.](cloudera|beta)(\d+))?(?![\w.-])/g,
    (whole, major: string, minor: string, patch: string, kind?: string, number?: string) => {
      if (kind === 'beta') return `${major}.${minor}.${Number(patch) * perPatch}-beta.${number ?? '0'}`;
      if (kind === 'cloudera') return `${major}.${minor}.${Number(patch) * perPatch + Number(number)}`;
      return isPlainScaled ? `${major}.${minor}.${Number(patch) * perPatch}` : whole;
    },
  );
}

const perPatch = 1000;

/**
 * A range of the line as a range of semver. `2.4.0` by itself, or after `<=`, means every clouderaN of it.
 * @returns undefined when it is malformed.
 */
export function parseRange(text: string, line: Line): semver.Range | undefined {
  if (/\p{Cc}/u.test(text)) return undefined;
  if (text.split('||').some((part) => part.trim() === '')) return undefined; // To semver it means: everything.
  try {
    return new semver.Range(line === 'cdh' ? text : spark2Range(text));
  } catch {
    return undefined;
  }
}

function spark2Range(text: string): string {
  return text.replace(
    /(^|[\s|])(>=|<=|>|<|=|~|\^)?\s*v?(\d+\.\d+)\.(\d+)(-(?:cloudera|beta)\d+)?(?=$|[\s|])/g,
    (_, before: string, operator = '', minor: string, patch: string, suffix = '') => {
      if (suffix !== '') return `${before}${operator}${toSemver(`${minor}.${patch}${suffix}`)}`;
      const first = `${minor}.${Number(patch) * perPatch}`;
      const last = `${minor}.${Number(patch) * perPatch + perPatch - 1}`;
      if (operator === '' || operator === '=') return `${before}>=${first} <=${last}`;
      return `${before}${operator}${operator === '<=' || operator === '>' ? last : first}`;
    },
  );
}

/** `cdh5.7.0-release`, `spark2-2.4.0-cloudera2`, `2.4.0.cloudera2`, `v5.7.0` as the version they mean. */
export function normaliseVersion(text: string): string {
  return text
    .trim()
    .replace(/^(?:cdh|spark2-|[v=]+\s*)/i, '')
    .replace(/-release$/, '')
    .replace(/^5\.0\.0b2$/, '5.0.0-beta-2')
    .replace(/\.(cloudera\d+)$/, '-$1');
}

/** Whether this names one version, and no range. */
export function isExactVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+(?:-(?:beta-?|cloudera)\d+)?$/.test(text);
}
