// Says what two Sparks differ in, in lines: counts, then names, never more than people read. Pure.
import {renderPath} from '../core/inner-paths.ts';
import type {ClassDifference} from './compare-classes.ts';
import type {FileDifference} from './compare-files.ts';
import type {Comparison} from './compare.ts';

/** How many of one kind are named. */
const few = 10;

export function renderComparison(
  comparison: Comparison,
  {
    quiet = false,
    verbose = false,
  }: {readonly quiet?: boolean | undefined; readonly verbose?: boolean | undefined},
): readonly string[] {
  const {left, right, same, broken} = comparison;
  const limit = verbose ? Infinity : few;
  const details = quiet
    ? []
    : [
        ...renderFiles(comparison, limit),
        ...renderClasses(comparison, limit),
        ...renderApi(comparison, limit),
        ...renderVersions(comparison, limit),
        ...broken.map((each) => `warning   ${renderPath(each)}`),
      ];
  return [
    `left      ${left}`,
    `right     ${right}`,
    ...details,
    same ? 'All files are the same.' : 'They differ.',
  ];
}

function renderFiles({files}: Comparison, limit: number): readonly string[] {
  const pick = (status: FileDifference['status']): readonly FileDifference[] =>
    files.differences.filter((each) => each.status === status);
  const kinds = [
    ['with different content', pick('changed')],
    ['the same inside, with different times or in a different order', pick('same-inside')],
    ['only on the left', pick('only-left')],
    ['only on the right', pick('only-right')],
  ] as const;
  return [
    `files     ${files.same} the same${kinds.map(([what, found]) => (found.length === 0 ? '' : `; ${found.length} ${what}`)).join('')}`,
    ...kinds.flatMap(([what, found]) =>
      found.length === 0
        ? []
        : [
            `  ${what}:`,
            ...cut(found, limit).map((each) => `    ${describeFile(each)}`),
            ...rest(found, limit),
          ],
    ),
  ];
}

function describeFile({path, entries = []}: FileDifference): string {
  if (entries.length === 0) return renderPath(path);
  const count = (status: string): number => entries.filter((each) => each.status === status).length;
  const parts = [
    [count('changed'), count('changed') === 1 ? 'differs' : 'differ'],
    [count('only-left'), 'only on the left'],
    [count('only-right'), 'only on the right'],
  ] as const;
  const shown = parts.flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]));
  return `${renderPath(path)}: of its entries ${shown.join(', ')}`;
}

function renderClasses({classes}: Comparison, limit: number): readonly string[] {
  const {left, right, same, differences} = classes;
  const kinds = (['changed', 'only-left', 'only-right'] as const).map((status) => ({
    status,
    found: differences.filter((each) => each.status === status),
  }));
  const titles = {
    changed: 'with different content',
    'only-left': 'only on the left',
    'only-right': 'only on the right',
  };
  return [
    `classes   ${left} left, ${right} right: ${same} the same${kinds.map(({status, found}) => (found.length === 0 ? '' : `; ${found.length} ${titles[status]}`)).join('')}`,
    ...kinds.flatMap(({status, found}) => {
      const packages = countPackages(found);
      return found.length === 0
        ? []
        : [
            `  ${titles[status]}, by package:`,
            ...cut(packages, limit).map(([name, count]) => `    ${renderPath(name)}: ${count}`),
            ...rest(packages, limit, 'package'),
          ];
    }),
  ];
}

/** Those with the most classes first. */
function countPackages(classes: readonly ClassDifference[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const {class: name} of classes) {
    const group = name.slice(0, Math.max(name.lastIndexOf('.'), 0)) || '(none)';
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
}

/** Spark's own: of the libraries the versions say enough, and --json has all. */
function renderApi({classes}: Comparison, limit: number): readonly string[] {
  const own = classes.differences.filter(
    ({isPublic, class: name}) => isPublic && name.startsWith('org.apache.spark.'),
  );
  const gone = own.filter(({status}) => status === 'only-left');
  const come = own.filter(({status}) => status === 'only-right');
  const changed = own.filter(({onlyLeft = [], onlyRight = []}) => onlyLeft.length + onlyRight.length > 0);
  const list = (title: string, found: readonly ClassDifference[]): readonly string[] =>
    found.length === 0
      ? []
      : [
          `  ${title}:`,
          ...cut(found, limit).map((each) => `    ${renderPath(each.class)}`),
          ...rest(found, limit),
        ];
  return [
    `api       public classes of Spark: ${gone.length} only on the left, ${come.length} only on the right, ${changed.length} with different members`,
    ...list('only on the left', gone),
    ...list('only on the right', come),
    ...(changed.length === 0 ? [] : ['  with different members (- only on the left, + only on the right):']),
    ...cut(changed, limit).flatMap(({class: name, onlyLeft = [], onlyRight = []}) => {
      const members = [...onlyLeft.map((each) => `- ${each}`), ...onlyRight.map((each) => `+ ${each}`)];
      return [
        `    ${renderPath(name)}`,
        ...cut(members, limit).map((each) => `      ${renderPath(each)}`),
        ...rest(members, limit, 'member', '      '),
      ];
    }),
    ...rest(changed, limit, 'class'),
  ];
}

function renderVersions({versions}: Comparison, limit: number): readonly string[] {
  const {same, differences} = versions;
  return [
    `versions  ${same} libraries the same, ${differences.length} different`,
    ...cut(differences, limit).map(
      ({library, left = 'not there', right = 'not there'}) =>
        `    ${[library, left, right].map(renderPath).join(' | ').replace(' | ', ': ')}`,
    ),
    ...rest(differences, limit),
  ];
}

function cut<T>(all: readonly T[], limit: number): readonly T[] {
  return all.slice(0, limit);
}

function rest(all: readonly unknown[], limit: number, what = '', indent = '    '): readonly string[] {
  const left = all.length - limit;
  if (left <= 0) return [];
  const noun = what === '' ? '' : ` ${left === 1 ? what : what === 'class' ? 'classes' : `${what}s`}`;
  return [`${indent}and ${left} more${noun}; --verbose names all`];
}
