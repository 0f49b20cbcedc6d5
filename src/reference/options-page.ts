// Renders what docs/ says of the options, from their table: the reference, and the schema of config.yaml for editors.
// Pure; docs/write-reference.mjs writes it.
import {buildRows, machineRows, networkRows, selectionRows, type OptionRow} from '../recipe/option-table.ts';
import {commandRows, limitRows, outputRows} from '../cli/command-options.ts';
import {renderDefault, renderFlags} from '../cli/options.ts';

const groups: readonly (readonly [string, readonly OptionRow[]])[] = [
  ['**What to build**', selectionRows],
  ['**The machine**', machineRows],
  ['**The network as it is**', networkRows],
  ['**Output**, of every command', outputRows],
];

/** Where a batch file may say it. */
const places: Readonly<Record<OptionRow['scope'], string>> = {
  row: '`options`, a release',
  run: '`options`',
  asked: 'in its own way',
  typed: '',
  command: '',
};

/** docs/reference/options.md */
export function renderOptionsPage(): string {
  const build = groups.flatMap(([title, rows]) => [
    `| ${title} | | | |`,
    ...rows.map((row) => {
      const isSwitch = row.value === undefined && row.scope !== 'command';
      const fallback = renderDefault(row) ?? (isSwitch ? 'off' : '');
      return `| ${renderCell(row)} | ${renderMeaning(row)} | ${renderText(fallback)} | ${places[row.scope]} |`;
    }),
  ]);
  const others = Object.entries<readonly OptionRow[]>(commandRows).flatMap(([name, rows]) =>
    rows.map(
      (row) =>
        `| ${renderCell(row, `${name} `)} | ${renderMeaning(row)} | ${renderText(renderDefault(row) ?? '')} |`,
    ),
  );
  return `# Options

Written by \`node docs/write-reference.mjs\` from the table in the code.

Every command has its own \`--help\`. Defaults of your own: \`~/.config/build-spark/config.yaml\`, one \`option: value\` a line, named as here without the dashes; [config.schema.json](../config.schema.json) is its schema for editors. Most options of a build also have a variable, \`BUILD_SPARK_MEMORY=8GiB\` for \`--memory\`; \`--help\` names it. A variable wins over the file, and what is typed over both.

## Of a build

Of \`build\`, \`batch\`, \`plan\` and \`source\`; many of \`bundle\` and \`doctor\` too, and \`--offline\` of every command. The last column is where a [batch file](../batch.md) may say it.

| option | meaning | default | batch file |
|---|---|---|---|
${build.join('\n')}
| \`-h, --help\` | the options of a command | | |

## Of other commands

| option | meaning | default |
|---|---|---|
| \`build-spark --version\` | print the version | |
${others.join('\n')}
`.replaceAll(/ {2,}\|/g, ' |');
}

function renderCell(row: OptionRow, before = ''): string {
  return `\`${before}${renderFlags(row).replaceAll('|', '\\|')}\``;
}

function renderMeaning({sentence, choices = [], more, isMandatory}: OptionRow): string {
  const named = choices.length === 0 ? '' : `: ${choices.map((one) => `\`${one}\``).join(' or ')}`;
  const required = isMandatory === true ? '; required' : '';
  return `${renderText(sentence)}${named}${more === undefined ? '' : `; ${more}`}${required}`;
}

/** Signs that are Markdown's own, outside of code. */
function renderText(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[|<>]/g, (sign) => `\\${sign}`)))
    .join('`');
}

/** docs/config.schema.json */
export function renderConfigSchema(): string {
  const rows: readonly OptionRow[] = [
    ...buildRows,
    ...outputRows,
    ...limitRows,
    ...Object.values<readonly OptionRow[]>(commandRows).flat(),
  ];
  const all = rows.filter(({isTypedOnly}) => isTypedOnly !== true);
  const names = [...new Set(all.map(({name}) => name))];
  const properties = Object.fromEntries(
    names.map((name) => [name, renderProperty(all.filter((row) => row.name === name))]),
  );
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'build-spark config.yaml',
    description: 'Defaults for any option, named as on the command line without the dashes',
    type: 'object',
    properties,
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** @param rows Of one name: what several commands call the same may be written as any of them takes it. */
function renderProperty(rows: readonly OptionRow[]): object {
  const description = [...new Set(rows.map(({sentence}) => sentence))].join(' · ');
  const [{value, choices} = {value: undefined, choices: undefined}] = rows;
  if (value === undefined) return {description, type: 'boolean'};
  const isSame = rows.every((row) => row.choices?.join() === choices?.join());
  const one = isSame && choices !== undefined ? {enum: choices} : {type: ['string', 'number']};
  if (!rows.some(({isRepeatable}) => isRepeatable === true)) return {description, ...one};
  return {description, anyOf: [one, {type: 'array', items: one, minItems: 1}]};
}
