// Says what a cluster lacks, in lines: by class, never more than people read. Pure.
import type {Gap} from './gaps.ts';

export interface Limits {
  readonly classes: number;
  /** Of one class. */
  readonly members: number;
  /** Of one member. */
  readonly callers: number;
}

export const fewLines: Limits = {classes: 20, members: 5, callers: 3};
export const allLines: Limits = {classes: Infinity, members: Infinity, callers: Infinity};

/** @param gaps In the order of their classes. */
export function renderGaps(gaps: readonly Gap[], limits: Limits): readonly string[] {
  const byClass = new Map<string, Gap[]>();
  for (const gap of gaps) byClass.set(gap.class, [...(byClass.get(gap.class) ?? []), gap]);
  const shown = [...byClass].slice(0, limits.classes);
  const rest = [...byClass].slice(limits.classes);
  const lines = shown.flatMap(([name, own]) => {
    const more = own.length - limits.members;
    return [
      name,
      ...own.slice(0, limits.members).map((gap) => `  ${renderGap(gap, limits)}`),
      ...(more > 0 ? [`  and ${more} more of this class`] : []),
    ];
  });
  const left = rest.reduce((sum, [, own]) => sum + own.length, 0);
  if (rest.length === 0) return lines;
  return [...lines, `and ${left} more of ${rest.length} other ${rest.length === 1 ? 'class' : 'classes'}`];
}

function renderGap({name, descriptor = '', reason, callers}: Gap, limits: Limits): string {
  const member = name === undefined ? '' : `${name}${descriptor.startsWith('(') ? '' : ' '}${descriptor} `;
  const more = callers.length - limits.callers;
  const by = callers.slice(0, limits.callers).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `${member}${reason}; named by ${by}`;
}
