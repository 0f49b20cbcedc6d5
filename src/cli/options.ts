// Makes commander's options of the rows of the table. Knows none of them by name.
import {Option, type Command} from 'commander';
import {collect} from '../core/values.ts';
import {parseValue} from '../recipe/option-kinds.ts';
import {machineRows, networkRows, selectionRows, type OptionRow} from '../recipe/option-table.ts';
import {limitRows, outputRows} from './command-options.ts';

/** `-P, --profile <id>` */
export function renderFlags({name, short, value}: OptionRow): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** BUILD_SPARK_<NAME>; what is of one command alone has none. */
function findVariable({name, scope}: OptionRow): string | undefined {
  return scope === 'command' ? undefined : `BUILD_SPARK_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** What holds when nothing is given, in words. */
export function renderDefault({default: value, unset}: OptionRow): string | undefined {
  return unset ?? value?.replace(/^https:\/\//, '');
}

const typedOnly = new WeakSet<Option>();
export const isTypedOnly = (option: Option): boolean => typedOnly.has(option);

export function addRows(command: Command, rows: readonly OptionRow[]): Command {
  for (const row of rows) command.addOption(createOption(row));
  return command;
}

/** The defaults of a build are its request's: here an option that was not given has no value, so that others may give it. */
function createOption(row: OptionRow): Option {
  const isSet = row.scope === 'command' && row.default !== undefined;
  const fallback = isSet ? undefined : renderDefault(row);
  const option = new Option(
    renderFlags(row),
    fallback === undefined ? row.sentence : `${row.sentence} (default: ${fallback})`,
  );
  // Commander takes `--no-x` for the opposite of `--x`; with a value it is a name that every tool uses.
  if (row.value !== undefined) option.negate = false;
  const variable = findVariable(row);
  if (variable !== undefined) option.env(variable);
  if (row.choices !== undefined) option.choices(row.choices);
  else if (row.value !== undefined) {
    const read = (text: string): unknown => parseValue(row.kind, text);
    if (row.isRepeatable === true) option.argParser(collect(read));
    else option.argParser(read);
  }
  if (isSet) option.default(parseValue(row.kind, row.default ?? ''));
  if (row.conflicts !== undefined) option.conflicts(row.conflicts);
  if (row.isTypedOnly === true) typedOnly.add(option);
  return option.makeOptionMandatory(row.isMandatory === true);
}

/** Which release, and what of it. */
export function addSelectionOptions(
  command: Command,
  isWanted: (row: OptionRow) => boolean = () => true,
): Command {
  return addRows(command.optionsGroup('What to build:'), selectionRows.filter(isWanted));
}

/** The machine and the network. */
export function addMachineOptions(command: Command): Command {
  return addNetworkOptions(addRows(command.optionsGroup('The machine:'), machineRows));
}

export function addNetworkOptions(command: Command): Command {
  return addRows(command.optionsGroup('The network as it is:'), networkRows);
}

export function addOutputOptions(command: Command): Command {
  return addRows(command.optionsGroup('Output:'), outputRows);
}

/** The prune after a run keeps to the operator's own limits; its help does not need them. */
export function addHiddenLimitOptions(command: Command): Command {
  for (const row of limitRows) command.addOption(createOption(row).hideHelp());
  return command;
}
