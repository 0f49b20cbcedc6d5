// What follows from a row of the table of options: its flag, its name in code, its field of a request. Pure.
import {parseValue, type KindValue, type OptionKind} from './option-kinds.ts';
import type {OptionRow} from './option-table.ts';

type Camel<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;

type One<Row> = Row extends {choices: readonly (infer Choice)[]}
  ? Choice
  : Row extends {kind: infer Kind extends OptionKind}
    ? KindValue<Kind>
    : Row extends {value: string}
      ? string
      : boolean;

/** What commander, a batch file and config.yaml make of rows. */
export type OptionValues<Rows extends readonly OptionRow[]> = {
  readonly [Row in Rows[number] as Camel<Row['name']>]?: Row extends {isRepeatable: true}
    ? readonly One<Row>[]
    : One<Row>;
};

/** `newest-of` → `newestOf`, as commander does. */
export function keyOf({name}: Pick<OptionRow, 'name'>): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Of the request that the row sets. */
export function fieldOf(row: OptionRow): string | undefined {
  return row.field === null ? undefined : (row.field ?? keyOf(row));
}

/** For messages: the short one where there is one. */
export function flagOf({name, short}: OptionRow): string {
  return short === undefined ? `--${name}` : `-${short}`;
}

/** @returns By field of the request: defaults, `false` of a switch, no items where there may be several. */
export function listDefaults(rows: readonly OptionRow[]): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const row of rows) {
    const field = fieldOf(row);
    if (field === undefined) continue;
    if (row.default !== undefined) found[field] = parseValue(row.kind, row.default);
    else if (row.isRepeatable === true) found[field] = [];
    else if (row.value === undefined) found[field] = false;
  }
  return found;
}
