import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Command} from 'commander';
import {expect, onTestFinished, test} from 'vitest';
import {applyConfig} from '../../src/cli/config.ts';
import {commandRows} from '../../src/cli/command-options.ts';
import {addMachineOptions, addOutputOptions, addRows, addSelectionOptions} from '../../src/cli/options.ts';
import type {Terminal} from '../../src/core/terminal.ts';
import {UsageError} from '../../src/core/errors.ts';
import {makeFolder} from '../core/fixtures.ts';

async function read(text: string | undefined, ...argv: readonly string[]): Promise<Record<string, unknown>> {
  const home = await makeFolder();
  await mkdir(join(home, '.config/build-spark'), {recursive: true});
  if (text !== undefined) await writeFile(join(home, '.config/build-spark/config.yaml'), text);
  const program = new Command();
  program.command('other').option('--other-option');
  const build = addOutputOptions(addMachineOptions(addSelectionOptions(program.command('build'))));
  build.action(() => undefined);
  program.parse(['build', ...argv], {from: 'user'});
  await applyConfig(build, {env: {}, home} as Terminal);
  return build.opts();
}

test.each([undefined, '', '\n', '# only a comment\n'])('%j changes nothing', async (text) => {
  expect(await read(text, '--label', 'x')).toMatchObject({label: 'x'});
});

test('values are read as on the command line, lists for repeatable options', async () => {
  expect(
    await read('memory: 8GiB\nretry: 2\nwith: none\npatch: [a, b]\nprofile: x\nsmoke: true\nforce: false\n'),
  ).toMatchObject({
    memory: 8192,
    retry: 2,
    with: [],
    patch: ['a', 'b'],
    profile: ['x'],
    smoke: true,
    force: false,
  });
});

test('what is typed wins over the file; a repeatable option is not mixed', async () => {
  expect(await read('label: file\npatch: [a]\n', '--label', 'typed', '--patch', 'b')).toMatchObject({
    label: 'typed',
    patch: ['b'],
  });
});

test('a variable wins over the file', async () => {
  process.env.BUILD_SPARK_LABEL = 'variable';
  onTestFinished(() => {
    delete process.env.BUILD_SPARK_LABEL;
  });
  expect(await read('label: file\n')).toMatchObject({label: 'variable'});
});

test('no-color: true means no colours', async () => {
  expect(await read('no-color: true\n')).toMatchObject({color: false});
  expect(await read('no-color: false\n')).toMatchObject({color: true});
});

test('an option of another command is no mistake', async () => {
  expect(await read('other-option: true\n')).toMatchObject({});
});

test.each([
  ['label: [a', /config\.yaml:1:\d+: /],
  ['label: a\n  b: c', /config\.yaml:\d+:\d+: /],
  ['label: a\nlabel: b', /config\.yaml:2:\d+: /],
  ['lable: a', /`lable` is not an option/],
  ['memory: 6', /memory.*number and a unit/],
  ['smoke: yes please', /true or false/],
  ['label: {a: b}', /label/],
  ['deps: everything', /deps/],
  ['- label', /option: value/],
  ['just text', /option: value/],
])('%j is refused with the file named', async (text, message) => {
  const error = await read(text).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({message: expect.stringMatching(message)});
  expect(error).toMatchObject({message: expect.stringContaining('config.yaml')});
});

test.each(['bundle', 'report', 'reproduce', 'parcel', 'fetch'] as const)(
  'the folder of the dists is not what `%s` writes',
  async (name) => {
    const home = await makeFolder();
    await mkdir(join(home, '.config/build-spark'), {recursive: true});
    await writeFile(join(home, '.config/build-spark/config.yaml'), 'output: /srv/dists\nport: 10016\n');
    const program = new Command();
    addSelectionOptions(program.command('build'));
    addRows(program.command('install'), commandRows.install);
    const command = addRows(program.command(name), commandRows[name]).action(() => undefined);
    program.parse([name], {from: 'user'});
    await applyConfig(command, {env: {}, home} as Terminal);
    for (const key of ['output', 'port']) expect(command.getOptionValueSource(key), key).not.toBe('config');
  },
);
