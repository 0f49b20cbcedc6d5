// Owns how an error is told to the operator. Knows no stream; whoever calls prints the text.
import {describeError, ExpectedError, InterruptedError, ProblemsError} from '../core/errors.ts';
import {plainStyle, type Style} from './style.ts';
import {renderPrintable, renderPrintableText} from '../core/text.ts';

export interface ErrorContext {
  readonly verbose: boolean;
  readonly style?: Style;
  /** Where the whole of an unexpected error was written, if it was. */
  readonly crashFile?: string | undefined;
}

/** Lines as `error: …` and `  → hint`, without a stack trace unless it is our bug and the operator asked for it. */
export function renderError(error: unknown, context: ErrorContext): string {
  const style = context.style ?? plainStyle;
  if (error instanceof ProblemsError) return renderProblems(error, style);
  if (error instanceof InterruptedError) return renderOne('stopped', error, style);
  if (error instanceof ExpectedError) return renderOne('error', error, style);
  const title = `${style('bad', 'error:')} ${renderPrintableText(describeError(error))}\n  This is a bug in build-spark.`;
  if (context.verbose || context.crashFile === undefined)
    return `${title}\n${renderPrintableText(renderCrash(error))}\n`;
  return `${title}\n${style('hint', `  → Report it with the file ${context.crashFile}; --verbose prints it here.`)}\n`;
}

/** The text of a crash file: the stack and what caused it, down to the first cause. */
export function renderCrash(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? stack : `${stack}\nCaused by: ${renderCrash(cause)}`;
}

function renderOne(title: string, error: ExpectedError, style: Style): string {
  const [first = '', ...rest] = error.message.split('\n').map(renderPrintable);
  const lines = [`${style('bad', `${title}:`)} ${first}`, ...rest.map((line) => `  ${line}`)];
  return `${[...lines, ...renderHint(error.hint, '  ', style)].join('\n')}\n`;
}

function renderProblems(error: ProblemsError, style: Style): string {
  const {problems} = error;
  const width = String(problems.length).length;
  const items = problems.flatMap((problem, index) => {
    const [first = '', ...rest] = problem.message.split('\n').map(renderPrintable);
    const number = `${String(index + 1).padStart(width)}.`;
    const indent = ' '.repeat(number.length + 3);
    return [
      `  ${number} ${first}`,
      ...rest.map((line) => `${indent}${line}`),
      ...renderHint(problem.hint, indent, style),
    ];
  });
  const title = `${problems.length} problems`;
  return `${[`${style('bad', 'error:')} ${title}`, ...items].join('\n')}\n`;
}

function renderHint(hint: string, indent: string, style: Style): readonly string[] {
  if (hint === '') return [];
  const [first = '', ...rest] = hint.split('\n').map(renderPrintable);
  return [style('hint', `${indent}→ ${first}`), ...rest.map((line) => style('hint', `${indent}  ${line}`))];
}
