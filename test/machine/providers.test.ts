// What a provider is made of: a file of its own, a line of the table, a golden file, a default box; and no other place.
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {providers} from '../../src/machine/providers/table.ts';

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), 'utf8');

async function listSources(): Promise<readonly string[]> {
  const entries = await readdir(join(projectRoot, 'src'), {recursive: true});
  return entries.filter((path) => path.endsWith('.ts')).map((path) => `src/${path}`);
}

test('each provider has its file, its golden file, and a default box of its own', async () => {
  const files = await readdir(join(projectRoot, 'src/machine/providers'));
  expect(files.filter((name) => !['provider-row.ts', 'table.ts'].includes(name)).sort()).toEqual(
    providers.map((name) => `${name}.ts`).sort(),
  );
  const golden = (await readdir(join(projectRoot, 'test/vagrant/golden'))).map(
    (name) => name.split(/[.-]/)[0],
  );
  const {defaults, boxes} = JSON.parse(await read('vagrant/boxes.json')) as {
    readonly defaults: Readonly<Record<string, string>>;
    readonly boxes: readonly {readonly os: string; readonly provider: string}[];
  };
  expect(Object.keys(defaults).sort()).toEqual([...providers].sort());
  for (const name of providers) {
    expect(golden).toContain(name);
    expect(boxes).toContainEqual(expect.objectContaining({provider: name, os: defaults[name]}));
  }
});

test('virtualbox, as a provider that has no more than the contract, is named in its file and the table alone', async () => {
  const sources = await listSources();
  const named: string[] = [];
  for (const path of sources) if (/'virtualbox'|virtualbox\.ts/.test(await read(path))) named.push(path);
  expect(named.sort()).toEqual(['src/machine/providers/table.ts', 'src/machine/providers/virtualbox.ts']);
});
