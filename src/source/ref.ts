// Says what may be a git ref or a commit id. Pure; follows git-check-ref-format(1).
import {UsageError} from '../core/errors.ts';

/** Whether this is the id of one object, whole; abbreviations cannot be fetched. */
export function isCommitId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** @throws UsageError for what git would never take as a ref, or could take for an option or an expression. */
export function checkRef(ref: string): void {
  const fault = findRefFault(ref);
  if (fault !== undefined) throw fault;
}

/** As `checkRef`, for whoever gathers all that is wrong. */
export function findRefFault(ref: string): UsageError | undefined {
  const reason = findFault(ref);
  if (reason === undefined) return undefined;
  return new UsageError(
    `--ref ${JSON.stringify(ref.length > 80 ? `${ref.slice(0, 80)}…` : ref)} cannot be the name of a git ref: ${reason}.`,
    'Give a tag, a branch, or the 40 digits of a commit, as in `--ref cdh5.7.0-release`.',
  );
}

/** The rules of git-check-ref-format(1); a dash at the beginning it forbids for tags and branches elsewhere. */
function findFault(ref: string): string | undefined {
  if (ref === '') return 'it is empty';
  if (ref.length > 255) return 'it is longer than 255 characters';
  if (ref.startsWith('-')) return 'it begins with a dash';
  if (/\p{Cc}/u.test(ref)) return 'it has a control character or a line break in it';
  if (/\s/.test(ref)) return 'it has a space in it';
  const forbidden = /[~^:?*[\\]/.exec(ref);
  if (forbidden !== null) return `it has ${forbidden[0]} in it`;
  if (ref.includes('..') || ref.includes('@{') || ref === '@') return 'it is an expression, not a name';
  if (ref.startsWith('/') || ref.endsWith('/') || ref.includes('//'))
    return 'it begins or ends with a slash, or has two in a row';
  if (ref.endsWith('.')) return 'it ends with a dot';
  const parts = ref.split('/');
  if (parts.some((part) => part.startsWith('.'))) return 'a part of it begins with a dot';
  if (parts.some((part) => part.endsWith('.lock'))) return 'a part of it ends with .lock';
  return undefined;
}

/** The names most like `wanted`, best first: what the operator may have meant. */
export function findNearest(wanted: string, names: readonly string[], count = 4): readonly string[] {
  const distances = new Map(names.map((name) => [name, editDistance(wanted, name)]));
  const limit = Math.max(3, Math.ceil(wanted.length / 2));
  return names
    .filter((name) => (distances.get(name) ?? 0) <= limit)
    .toSorted((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0))
    .slice(0, count);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substitute = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
