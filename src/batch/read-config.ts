// Reads config.yaml: values by the names of options. Knows no option.
import {readFile} from 'node:fs/promises';
import {hasErrorCode, UsageError} from '../core/errors.ts';
import {planPaths} from '../core/paths.ts';
import type {Environment} from '../core/terminal.ts';

export interface Config {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** @returns No values where there is no such file. @throws UsageError naming line and column. */
export async function readConfig(env: Environment, home: string): Promise<Config> {
  const {config: path} = planPaths(env, home);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return '';
    throw new UsageError(
      `The configuration ${path} cannot be read: ${String(error)}.`,
      `Look at it: ls -l ${path}`,
    );
  });
  return {path, values: text.trim() === '' ? {} : await parseConfig(text, path)};
}

async function parseConfig(text: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const {LineCounter, parseDocument} = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {lineCounter});
  const [error] = document.errors;
  if (error !== undefined) {
    const {line, col} = lineCounter.linePos(error.pos[0]);
    throw new UsageError(
      `${path}:${line}:${col}: ${error.message.split('\n')[0] ?? ''}`,
      'Fix the file; each line reads `option: value`.',
    );
  }
  const value: unknown = document.toJS();
  if (value === null) return {}; // Only comments.
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new UsageError(`${path} is not a list of \`option: value\`.`, 'Write for instance: memory: 8GiB');
}
