// Reads the spec of impala-ha from YAML text; its errors name line and column. Pure. The shape is in spec-schema.ts.
import {LineCounter, parseDocument, type Document} from 'yaml';
import {UsageError} from '../core/errors.ts';
import {findImpalaOfCdh} from './cdh-impala.ts';
import {explainIssue, locate} from './spec-issues.ts';
import {findSpecProblems, findVersionProblems} from './spec-rules.ts';
import {specSchema, type HaSpec} from './spec-schema.ts';

export type * from './spec-schema.ts';

/** Nobody writes more by hand; a file that is larger was meant for something else. */
const maxCharacters = 1_000_000;

/** One message a line, `file:line:column: what is wrong`. */
export class SpecError extends UsageError {
  constructor(
    readonly file: string,
    readonly problems: readonly {readonly line: number; readonly column: number; readonly message: string}[],
  ) {
    super(
      problems.map(({line, column, message}) => `${file}:${line}:${column}: ${message}`).join('\n'),
      'A whole spec, with what each key means: impala-ha render --example',
    );
  }
}

/**
 * @param file Its name, for the errors.
 * @returns With every default filled in.
 * @throws SpecError with all that is wrong, in the order of the file.
 */
export function parseSpec(text: string, file: string): HaSpec {
  const lines = new LineCounter();
  const fail = (problems: readonly {readonly offset: number; readonly message: string}[]): never => {
    const sorted = problems.toSorted((one, other) => one.offset - other.offset);
    throw new SpecError(
      file,
      sorted.map(({offset, message}) => {
        const {line, col} = lines.linePos(offset);
        return {line: Math.max(line, 1), column: Math.max(col, 1), message};
      }),
    );
  };
  if (text.length > maxCharacters) fail([{offset: 0, message: 'this is too large for a spec'}]);
  const {document, value} = readYaml(text, lines, fail);
  const parsed = specSchema.safeParse(value);
  if (!parsed.success) {
    fail(
      parsed.error.issues.flatMap((issue) => explainIssue(issue)).map((problem) => locate(document, problem)),
    );
  }
  const written: HaSpec = parsed.data as HaSpec;
  const spec = fillVersion(written);
  const problems = [...findVersionProblems(written), ...findSpecProblems(spec)];
  if (problems.length > 0) fail(problems.map((problem) => locate(document, problem)));
  return spec;
}

/** Who names a CDH has named its Impala. */
function fillVersion(spec: HaSpec): HaSpec {
  const {impala} = spec;
  if (impala?.cdh === undefined || impala.version !== undefined) return spec;
  const version = findImpalaOfCdh(impala.cdh);
  return version === undefined ? spec : {...spec, impala: {...impala, version}};
}

function readYaml(
  text: string,
  lines: LineCounter,
  fail: (problems: readonly {readonly offset: number; readonly message: string}[]) => never,
): {readonly document: Document; readonly value: unknown} {
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      logLevel: 'silent',
    });
    const found = [...document.errors, ...document.warnings].map(({pos, message}) => ({
      offset: pos[0],
      message,
    }));
    if (found.length > 0) return fail(found);
    return {document, value: document.toJS({maxAliasCount: 100})};
  } catch (error) {
    // Aliases that multiply, or nesting without end, are thrown and not listed.
    if (error instanceof ReferenceError || error instanceof RangeError)
      return fail([{offset: 0, message: 'this YAML is nested too deeply, or its aliases are wrong'}]);
    throw error;
  }
}
