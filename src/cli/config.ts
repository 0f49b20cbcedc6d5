// Defaults for any option from config.yaml. Variables override it, and what was typed overrides both.
import type {Command, Option} from 'commander';
import {readConfig} from '../batch/read-config.ts';
import {UsageError} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {isTypedOnly} from './options.ts';

/** Sets the options of this command that were neither typed nor given by a variable. */
export async function applyConfig(command: Command, {env, home}: Terminal): Promise<void> {
  readSwitches(command, env);
  const {path, values} = await readConfig(env, home);
  for (const [key, value] of Object.entries(values)) {
    const option = findOption(command, key);
    if (option === undefined) {
      const isKnown = command.parent?.commands.some((other) => findOption(other, key) !== undefined) ?? false;
      if (isKnown) continue; // An option of another command.
      throw new UsageError(
        `${path}: \`${key}\` is not an option of build-spark.`,
        'Options are named as on the command line, without the dashes: see build-spark build --help',
      );
    }
    if (isTypedOnly(option)) continue; // The name is another's there.
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
      throw new UsageError(`${path}: \`${key}\` takes a text or a list of texts.`, 'Fix the file.');
    try {
      result = option.parseArg === undefined ? String(item) : option.parseArg(String(item), result);
    } catch (error) {
      throw new UsageError(
        `${path}: \`${key}\`: ${error instanceof Error ? error.message : String(error)}`,
        'Fix the file.',
      );
    }
  }
  return result;
}
