// Says what zod found in a spec in the words of the person who wrote it, and where in the text that is. Pure.
import {isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair} from 'yaml';
import {z} from '../core/schema.ts';
import {findNearest} from './nearest.ts';
import type {SpecProblem} from './spec-rules.ts';
import {specSchema} from './spec-schema.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** One problem a key; of a union only that branch which the text comes nearest to. */
export function explainIssue(issue: Issue, above: Path = []): readonly SpecProblem[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({path: [...path, key], message: explainUnknownKey(path, key)}));
  if (issue.code === 'invalid_union') return explainUnion(issue, path);
  return [{path, message: `${namePath(path)}${explainValue(issue)}`}];
}

function explainUnknownKey(path: Path, key: string): string {
  const known = listKnownKeys(path);
  const nearest = findNearest(key, known);
  const where = path.length === 0 ? 'the spec' : namePlace(path);
  const advice = nearest === undefined ? `it knows ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `${where} has no key ${quote(key)}; ${advice}`;
}

function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): readonly SpecProblem[] {
  // A branch that wants another kind of value altogether is not the one that was meant.
  const meant = issue.errors.find(
    (branch) => !branch.some((one) => one.path.length === 0 && isOfOtherKind(one)),
  );
  if (meant !== undefined && meant.length > 0) return meant.flatMap((one) => explainIssue(one, path));
  if (issue.discriminator !== undefined) {
    // Zod's path may end in the key that tells the branches apart.
    const place = path.at(-1) === issue.discriminator ? path : [...path, issue.discriminator];
    const values = findSchemas(place).flatMap((schema) => schema.const ?? []);
    return [{path: place, message: `${namePath(place)}give one of ${values.map(String).join(', ')}`}];
  }
  return [{path, message: `${namePath(path)}give ${describeKinds(path)}`}];
}

function isOfOtherKind({code}: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

function explainValue(issue: Issue): string {
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('received undefined')
      ? 'is missing'
      : `give ${kindNames[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `give one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small')
    return issue.origin === 'array' ? 'give at least one' : `give at least ${issue.minimum}`;
  if (issue.code === 'too_big')
    return issue.origin === 'number' || issue.origin === 'int'
      ? `give at most ${issue.maximum}`
      : `this is longer than ${issue.maximum}`;
  return issue.message;
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'text (in quotes where it could be read as a number)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
};

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly const?: string | boolean;
}

function describeKinds(path: Path): string {
  const branches = findSchemas(path).flatMap((schema) => schema.anyOf ?? schema.oneOf ?? [schema]);
  const kinds = branches.map((branch) =>
    branch.const === undefined ? (kindNames[branch.type ?? ''] ?? branch.type) : String(branch.const),
  );
  return [...new Set(kinds)].join(' or ');
}

/** In the order in which they are declared. */
function listKnownKeys(path: Path): readonly string[] {
  const branches = findSchemas(path).flatMap((schema) => [
    schema,
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
  ]);
  return [...new Set(branches.flatMap(({properties}) => Object.keys(properties ?? {})))];
}

/** Made once, and only for a spec with a mistake. */
let root: Schema | undefined;

function findSchemas(path: Path): readonly Schema[] {
  root ??= z.toJSONSchema(specSchema, {io: 'input'}) as Schema;
  return path.reduce<readonly Schema[]>(
    (schemas, key) =>
      schemas
        .flatMap((schema) => [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
        .flatMap((schema) =>
          typeof key === 'number' ? (schema.items ?? []) : (schema.properties?.[key] ?? []),
        ),
    [root],
  );
}

/** `impala.coordinators[1].host`. */
function namePlace(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${clip(key)}`))
    .join('');
}

function namePath(path: Path): string {
  return path.length === 0 ? 'the spec: ' : `${namePlace(path)}: `;
}

function clip(key: string): string {
  // eslint-disable-next-line no-control-regex -- nothing that a terminal would obey
  return key.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, '?').slice(0, 60);
}

function quote(key: string): string {
  return `"${clip(key)}"`;
}

/** @returns Where in the text the problem is: at its key, or at what is nearest above it. */
export function locate(
  document: Document,
  {path, message}: SpecProblem,
): {readonly offset: number; readonly message: string} {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, key] of path.entries()) {
    const resolved: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(resolved)) {
      const pair = (resolved.items as readonly Pair[]).find(
        (one) => String(isScalar(one.key) ? one.key.value : one.key) === String(key),
      );
      if (pair === undefined) break;
      const isLast = index === path.length - 1;
      offset = (isLast && isValuePresent(pair) ? startOf(pair.value) : startOf(pair.key)) ?? offset;
      if (isLast && message.includes('has no key')) offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(resolved)) {
      const item: unknown = resolved.items[Number(key)];
      if (item === undefined) break;
      offset = startOf(item) ?? offset;
      node = item;
    } else break;
  }
  return {offset, message};
}

function isValuePresent({value}: Pair): boolean {
  return isScalar(value) || isAlias(value);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
