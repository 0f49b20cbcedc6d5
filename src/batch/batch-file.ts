// Reads the text of a batch file; what is wrong with it is told by line and column. Pure; knows no options.
import {isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document} from 'yaml';
import type {z} from '../core/schema.ts';
import {throwProblems, UsageError} from '../core/errors.ts';
import {findNearest} from '../source/ref.ts';
import {listKeys, batchSchema, type Batch} from './batch-schema.ts';

export type Path = readonly PropertyKey[];

export interface BatchFile {
  readonly batch: Batch;
  /** `batch.yaml:12:5`, of what stands at this path, or of the nearest thing around it. */
  readonly placeOf: (path: Path) => string;
}

const seeDocs = 'docs/batch.md describes the file, docs/batch.schema.json is its schema for editors.';

/**
 * @param name Of the file, for messages.
 * @throws UsageError, or all of them as one ProblemsError.
 */
export function parseBatch(text: string, name: string): BatchFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {lineCounter, merge: true});
  const place = (offset: number): string => {
    const {line, col} = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  throwProblems(
    document.errors.map(
      ({message, pos}) =>
        new UsageError(
          `${place(pos[0])}: ${message.split('\n')[0]?.replace(/ at line .*$/, '') ?? ''}.`,
          'Fix the file.',
        ),
    ),
  );
  keepNumbersAsWritten(document);
  const placeOf = (path: Path): string => place(findOffset(document, path));
  const value: unknown = document.toJS() ?? {};
  const result = batchSchema.safeParse(value);
  if (!result.success) {
    throwProblems(result.error.issues.flatMap((issue) => describeIssue(issue, [], document, value, place)));
  }
  return {batch: result.data ?? {}, placeOf};
}

/** `5.10` is a release here, and would be the number 5.1. */
function keepNumbersAsWritten(document: Document): void {
  visit(document, {
    Scalar: (key, node) => {
      if (key !== 'key' && typeof node.value === 'number' && node.source !== undefined)
        node.value = node.source;
    },
  });
}

function findOffset(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** A key itself, not what it holds. */
function findKeyOffset(document: Document, path: Path, key: string): number {
  const map: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(map)
    ? map.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : findOffset(document, path);
}

type Issue = z.core.$ZodIssue;

function describeIssue(
  issue: Issue,
  above: Path,
  document: Document,
  value: unknown,
  place: (offset: number) => string,
): readonly UsageError[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = listKeys(path);
    return issue.keys.map((key) => {
      const [nearest] = other[key] === undefined ? findNearest(key, known, 1) : [other[key]];
      const near = nearest === undefined || !known.includes(nearest) ? '' : ` Did you mean \`${nearest}\`?`;
      return new UsageError(
        `${place(findKeyOffset(document, path, key))}: \`${key}\` is not known here.${near}`,
        `Known here: ${known.join(', ')}.`,
      );
    });
  }
  if (issue.code === 'invalid_union') {
    // The branch that went deeper than "not even of that kind" is the one that was meant.
    const isDeep = ({code, path: inner}: Issue): boolean => inner.length > 0 || code === 'unrecognized_keys';
    const meant =
      issue.errors.find((issues) => issues.some(isDeep)) ??
      issue.errors.find((issues) => issues.some(({code}) => code === 'invalid_value'));
    if (meant !== undefined)
      return meant.flatMap((inner) => describeIssue(inner, path, document, value, place));
  }
  const found = readIn(value, path);
  const shown = found === undefined ? 'nothing' : JSON.stringify(found);
  const name = path
    .map(String)
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
  return [
    new UsageError(
      `${place(findOffset(document, path))}: ${name === '' ? 'the file' : `\`${name}\``} ${shown.slice(0, 60)} ${describeMessage(issue)}.`,
      seeDocs,
    ),
  ];
}

/** Words of the command line that have another name here. */
const other: Readonly<Record<string, string>> = {
  with: 'features',
  feature: 'features',
  release: 'releases',
  options: 'options',
};

function describeMessage({code, message}: Issue): string {
  if (code === 'too_small') return 'is empty';
  if (code === 'invalid_type') {
    const kind = /^Invalid input: expected (\w+)/.exec(message)?.[1];
    return kind === undefined ? message : `is not ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
  }
  return message.startsWith('is ') || message.startsWith('holds ') ? message : `is not valid (${message})`;
}

function readIn(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (rest, key) => (rest as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key],
    value,
  );
}
