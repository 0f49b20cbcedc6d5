// Defaults for any option from config.yaml. Variables override it, and what was typed overrides both.
import {readFile} from 'node:fs/promises';
import type {Command, Option} from 'commander';
import {hasErrorCode, UsageError} from '../core/errors.ts';
import {planPaths} from '../core/paths.ts';
import type {Terminal} from '../core/terminal.ts';

/** Sets the options of this command that were neither typed nor given by a variable. */
export async function applyConfig(command: Command, {env, home}: Terminal): Promise<void> {
  readSwitches(command, env);
  const {config: path} = planPaths(env, home);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new UsageError(
      `The configuration ${path} cannot be read: ${String(error)}.`,
      `Look at it: ls -l ${path}`,
    );
  });
  if (text === undefined || text.trim() === '') return;
  for (const [key, value] of Object.entries(await parseConfig(text, path))) {
    const option = findOption(command, key);
    if (option === undefined) {
      const isKnown = command.parent?.commands.some((other) => findOption(other, key) !== undefined) ?? false;
      if (isKnown) continue; // An option of another command.
      throw new UsageError(
        `${path}: \`${key}\` is no option of build-spark.`,
        'Options are named as on the command line, without the dashes: see build-spark build --help',
      );
    }
    const source = command.getOptionValueSource(option.attributeName());
    if (source !== undefined && source !== 'default') continue;
    command.setOptionValueWithSource(option.attributeName(), readValue(option, value, path, key), 'config');
  }
}

/** Commander takes any value of a variable for a yes, `BUILD_SPARK_FORCE=0` too. */
function readSwitches(command: Command, env: Terminal['env']): void {
  for (const option of command.options) {
    const isSwitch = !option.required && !option.optional;
    if (!isSwitch || command.getOptionValueSource(option.attributeName()) !== 'env') continue;
    const isNo = /^(0|false|no|off|)$/i.test(env[option.envVar ?? ''] ?? '');
    if (isNo) command.setOptionValueWithSource(option.attributeName(), false, 'env');
  }
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
      'Mend the file; each line reads `option: value`.',
    );
  }
  const value: unknown = document.toJS();
  if (value === null) return {}; // Only comments.
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new UsageError(`${path} is no list of \`option: value\`.`, 'Write for instance: memory: 8GiB');
}

function findOption(command: Command, key: string): Option | undefined {
  return command.options.find((option) => option.long === `--${key}`);
}

function readValue(option: Option, value: unknown, path: string, key: string): unknown {
  if (!option.required) {
    if (typeof value === 'boolean') return option.negate ? !value : value;
    throw new UsageError(`${path}: \`${key}\` takes true or false.`, `Write: ${key}: true`);
  }
  const items = Array.isArray(value) ? value : [value];
  let result: unknown;
  for (const item of items) {
    if (!['string', 'number'].includes(typeof item))
      throw new UsageError(`${path}: \`${key}\` takes a text or a list of texts.`, 'Mend the file.');
    try {
      result = option.parseArg === undefined ? String(item) : option.parseArg(String(item), result);
    } catch (error) {
      throw new UsageError(
        `${path}: \`${key}\`: ${error instanceof Error ? error.message : String(error)}`,
        'Mend the file.',
      );
    }
  }
  return result;
}
