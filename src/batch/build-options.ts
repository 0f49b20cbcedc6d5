// What an operator may ask of builds, as the command line, a batch file and the configuration give it, and the request
// that comes of it.
import type {Choice} from '../maven/dependency-choice.ts';
import {parseRequest, type BuildRequest, type BuildRequestInput} from '../recipe/build-request.ts';
import {fieldOf, keyOf, type OptionValues} from '../recipe/option-fields.ts';
import {placeValue} from '../recipe/option-kinds.ts';
import {buildRows, type OptionRow} from '../recipe/option-table.ts';

/** What commander hands to a command that selects releases. */
export type BuildOptions = OptionValues<typeof buildRows>;

/** One set of options; a batch has one for each combination of its features and dependencies. */
export interface BuildRow {
  readonly options: BuildOptions;
  /** `batch.yaml:12:5`, where the row comes from a file. */
  readonly place?: string | undefined;
  /** Tags that this row leaves out. */
  readonly excluded?: ReadonlySet<string> | undefined;
  /** What another host decided already. */
  readonly pinned?: Pinned | undefined;
}

/** What must not be decided twice: the commit that a ref named, and whose dependencies were chosen. */
interface Pinned {
  readonly tag: string;
  readonly commit: string;
  readonly choice: Choice;
}

/** All that was asked for at once. */
export interface AskedRun {
  /** At least one. */
  readonly rows: readonly BuildRow[];
  /** Of the run as a whole: `jobs`, `junit`. */
  readonly options: BuildOptions;
}

/** How results are shown; every command takes them. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/** @param cwd Paths of the operator are relative to it. @throws UsageError, or all of them at once. */
export function readRequest(options: BuildOptions, cwd: string): BuildRequest {
  return parseRequest(renderRequestInput(options, cwd));
}

/** The fields that were given, paths made absolute. */
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
