// What an operator may ask of builds, as the command line, a batch file and the configuration give it, and the request
// that comes of it.
import type {BuildRequestInput} from '../recipe/build-request.ts';
import {fieldOf, keyOf, type OptionValues} from '../recipe/option-fields.ts';
import {placeValue} from '../recipe/option-kinds.ts';
import {buildRows, type OptionRow} from '../recipe/option-table.ts';

/** What commander hands to a command that selects releases. */
export type BuildOptions = OptionValues<typeof buildRows>;

/** How results are shown; every command takes them. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/** @param cwd Paths of the operator are relative to it. */
export function renderRequestInput(options: BuildOptions, cwd: string): BuildRequestInput {
  const given: Readonly<Record<string, unknown>> = {output: '.', ...options};
  const input: Record<string, unknown> = {};
  for (const row of buildRows) {
    const field = fieldOf(row);
    const value = given[keyOf(row)];
    if (field !== undefined && value !== undefined) input[field] = placeOption(row, value, cwd);
  }
  return input as unknown as BuildRequestInput;
}

/** Paths are made absolute; anything else is left as it is. */
export function placeOption({kind}: OptionRow, value: unknown, folder: string): unknown {
  const place = (one: unknown): unknown => (typeof one === 'string' ? placeValue(kind, one, folder) : one);
  return Array.isArray(value) ? value.map(place) : place(value);
}
