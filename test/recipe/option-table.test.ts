// What the table of options promises: a row is all that an option needs.
import {mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Command} from 'commander';
import {describe, expect, expectTypeOf, test} from 'vitest';
import {readBatch} from '../../src/batch/batch-options.ts';
import {renderRequestInput, type BuildOptions} from '../../src/batch/build-options.ts';
import {addRows, renderFlags} from '../../src/cli/options.ts';
import {commandRows, limitRows, outputRows} from '../../src/cli/command-options.ts';
import {parseRequest} from '../../src/recipe/build-request.ts';
import {fieldOf, keyOf} from '../../src/recipe/option-fields.ts';
import {buildRows, type OptionRow} from '../../src/recipe/option-table.ts';

/** What a careful operator would type for a value of each kind. */
const samples: Readonly<Record<string, string>> = {
  count: '2',
  jobs: '3',
  memory: '8GiB',
  duration: '90m',
  features: 'sparkr',
  mirror: 'central=https://nexus.example.com/',
  path: 'some/file',
  source: './copy',
  box: './a.box',
  provider: 'lxc',
  proxy: 'http://proxy.example.com:3128',
  publish: 'me@host:/srv/dists',
  'box-checksum': `sha256:${'0'.repeat(64)}`,
};
const sampleOf = (row: OptionRow): string =>
  row.choices?.at(-1) ?? samples[row.name] ?? samples[row.kind ?? 'text'] ?? 'x';

const rows: readonly OptionRow[] = buildRows;

function readTyped(row: OptionRow): BuildOptions {
  const command = addRows(new Command(), rows);
  command.parse(row.value === undefined ? [`--${row.name}`] : [`--${row.name}`, sampleOf(row)], {
    from: 'user',
  });
  return command.opts<BuildOptions>();
}

async function readFromBatch(folder: string, row: OptionRow): Promise<BuildOptions> {
  const value = row.value === undefined ? 'true' : JSON.stringify(sampleOf(row));
  await writeFile(join(folder, 'b.yaml'), `options: {${row.name}: ${value}}\nreleases: [5.7.0]\n`);
  return (await readBatch('b.yaml', {options: {}, typed: new Set(), cwd: folder})).options;
}

const inBatch = rows.filter(({scope}) => scope === 'row' || scope === 'run');

test.each(inBatch.map((row) => [row.name, row] as const))(
  'a batch file gives what the command line gives: %s',
  async (_, row) => {
    const folder = await mkdtemp(join(tmpdir(), 'batch-'));
    const fromBatch = await readFromBatch(folder, row);
    expect(Object.keys(fromBatch)).toEqual([keyOf(row)]);
    expect(renderRequestInput(fromBatch, folder)).toEqual(renderRequestInput(readTyped(row), folder));
  },
);

const ofRequest = rows.filter((row) => fieldOf(row) !== undefined);

test.each(ofRequest.map((row) => [row.name, row] as const))('reaches the request: %s', (_, row) => {
  const isSelection = ['cdh', 'spark2', 'ref'].includes(row.name);
  const range = isSelection || row.name === 'newest-of' ? {} : {cdh: ['5.7.0']};
  const more = row.name === 'newest-of' ? {cdh: ['5.x']} : {};
  const request = parseRequest(renderRequestInput({...range, ...more, ...readTyped(row)}, '/work'));
  const without = parseRequest(renderRequestInput({cdh: ['0.0']}, '/work'));
  const field = fieldOf(row) as keyof typeof request;
  expect(request[field]).toBeDefined();
  expect(request[field]).not.toEqual(without[field]);
});

describe('all rows', () => {
  test.each(
    Object.entries<readonly OptionRow[]>({
      build: [...buildRows, ...outputRows, ...limitRows],
      ...commandRows,
    }),
  )('%s declares no name, and no short form, twice', (_, all) => {
    for (const names of [all.map(renderFlags), all.flatMap(({short}) => short ?? [])])
      expect(new Set(names).size).toBe(names.length);
  });

  test('the type of the options follows the rows', () => {
    expectTypeOf<BuildOptions['newestOf']>().toEqualTypeOf<'minor' | 'major' | undefined>();
    expectTypeOf<BuildOptions['memory']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<BuildOptions['patch']>().toEqualTypeOf<readonly string[] | undefined>();
    expectTypeOf<BuildOptions['smoke']>().toEqualTypeOf<boolean | undefined>();
  });
});
