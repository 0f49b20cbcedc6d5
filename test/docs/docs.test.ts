// Holds the documents against the code: options, exit codes, files that they name; and no registry's address anywhere.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {commandRows} from '../../src/cli/command-options.ts';
import {examples} from '../../src/cli/examples.ts';
import {renderManPages} from '../../src/reference/man-pages.ts';
import {renderConfigSchema, renderOptionsPage} from '../../src/reference/options-page.ts';
import {buildRows, machineRows, networkRows, type OptionRow} from '../../src/recipe/option-table.ts';
import {renderFlags} from '../../src/cli/options.ts';
import {createProgram} from '../../src/cli/program.ts';
import type {Terminal} from '../../src/core/terminal.ts';
import {exitCodes} from '../../src/core/errors.ts';
import {createExec} from '../../src/core/exec.ts';
import {planPaths, projectRoot} from '../../src/core/paths.ts';

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), 'utf8');

/** What `--help` prints, wide enough that no line is broken before its description. */
async function readHelp(...argv: readonly string[]): Promise<string> {
  let text = '';
  const stream = {
    columns: 110,
    write: (part: string) => {
      text += part;
      return true;
    },
  };
  const terminal = {argv: [...argv, '--help'], env: {}, stdout: stream, stderr: stream};
  await createProgram(terminal as unknown as Terminal);
  return text;
}

/** `-P, --profile <id>` of each line that describes an option. */
function findOptions(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}((?:-\w, )?--[a-z][\w-]*(?: <[^>]+>)?)(?: {2,}|\n|$)/gm)].map(
    ([, flags = '']) => flags,
  );
}

function findCommands(help: string): readonly string[] {
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

/** The first cells, without backquotes, of the rows under a heading. */
function findCells(markdown: string, heading: string): readonly string[] {
  const start = markdown.indexOf(`\n## ${heading}\n`);
  const end = markdown.indexOf('\n## ', start + 1);
  const section = markdown.slice(start, end === -1 ? undefined : end);
  return [...section.matchAll(/^\| `((?:[^`]|\\\|)+)`/gm)].map(([, cell = '']) =>
    cell.replaceAll('\\|', '|'),
  );
}

const isKeyOf = <T extends object>(of: T, key: string): key is Extract<keyof T, string> =>
  Object.hasOwn(of, key);

describe('options', async () => {
  const commands = findCommands(await readHelp());
  const helps = await Promise.all(
    commands.map(async (name) => [name, findOptions(await readHelp(name))] as const),
  );
  const ofBuild = helps.find(([name]) => name === 'build')?.[1] ?? [];
  const page = await read('docs/reference/options.md');

  test('the help was understood', () => {
    expect(commands).toEqual(expect.arrayContaining(['build', 'plan', 'source', 'verify']));
    expect(ofBuild).toEqual(
      expect.arrayContaining(['--cdh <range>', '-P, --profile <id>', '--no-color', '-h, --help']),
    );
  });

  test('the reference has those of build, and no others', () => {
    expect([...findCells(page, 'Of a build')].sort()).toEqual([...ofBuild].sort());
  });

  test('the reference is what the table of options gives: node docs/write-reference.mjs writes it', async () => {
    expect(page).toBe(renderOptionsPage());
    expect(JSON.parse(await read('docs/config.schema.json'))).toEqual(JSON.parse(renderConfigSchema()));
  });

  test('batch, plan and source take the same as build', () => {
    for (const name of ['batch', 'plan', 'source']) {
      const own = helps.find(([command]) => command === name)?.[1];
      expect(own, name).toEqual(ofBuild);
    }
  });

  test('the second table has what other commands have besides, and no more', () => {
    const output = ['--json', '--quiet', '--verbose', '--no-color', '--offline', '-h, --help'];
    // `reproduce` boots a machine as `build` does, `bundle` and `doctor` take options of a build to know which one is
    // meant: these stand in the first table.
    const machine = [...machineRows, ...networkRows].map((row) => renderFlags(row));
    const isOfBuild = (name: string, flag: string): boolean =>
      (name === 'reproduce' && machine.includes(flag)) ||
      (isKeyOf(commandRows, name) &&
        ['bundle', 'doctor'].includes(name) &&
        ofBuild.includes(flag) &&
        !commandRows[name].some((row: OptionRow) => renderFlags(row) === flag));
    const others = helps
      .filter(([name]) => !['build', 'batch', 'plan', 'source'].includes(name))
      .flatMap(([name, flags]) =>
        flags.filter((one) => !output.includes(one) && !isOfBuild(name, one)).map((one) => `${name} ${one}`),
      );
    const expected = [...others, 'build-spark --version'];
    expect([...findCells(page, 'Of other commands')].sort()).toEqual(expected.sort());
  });

  test('every command is named', async () => {
    const page = await read('docs/commands.md');
    for (const name of commands) expect(page).toMatch(new RegExp(`build-spark \\[?${name}\\b`));
  });
});

describe.each(Object.entries(renderManPages()))('man/%s', (name, text) => {
  test('is what the tables give: node docs/write-reference.mjs writes it', async () => {
    expect(await read(`man/${name}`)).toBe(text);
  });

  test('is read by man without a warning', ({skip}) => {
    const {error, status, stderr, stdout} = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', '-'], {
      input: text,
      env: {...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80'},
      encoding: 'utf8',
    });
    if (error !== undefined) skip('no man here');
    expect({status, stderr}).toEqual({status: 0, stderr: ''});
    expect(stdout).toContain('EXIT STATUS');
  });
});

test('the manual page has every command and every option that is shown', () => {
  const page = renderManPages()['build-spark.1'] ?? '';
  const rows: readonly OptionRow[] = [...buildRows, ...Object.values(commandRows).flat()];
  for (const {name} of rows) expect(page).toContain(`\\-\\-${name.replaceAll('-', '\\-')}`);
  for (const name of Object.keys(examples)) expect(page).toMatch(new RegExp(`^\\.SS ${name}\\b`, 'm'));
});

test('the table of exit codes is the one of the code', async () => {
  const page = await read('docs/exit-codes.md');
  const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCodes));
});

test('every kind of failure has its remedy in troubleshooting, and no others', async () => {
  const source = await read('src/recipe/failure-kinds.ts');
  const union = /export type FailureKind =([^;]+);/.exec(source)?.[1] ?? '';
  const kinds = [...union.matchAll(/'([\w-]+)'/g)].map(([, kind = '']) => kind);
  expect(kinds).toContain('memory');
  // A leak is not a diagnosis: it is what became of the machine.
  expect(findCells(await read('docs/troubleshooting.md'), 'By kind').toSorted()).toEqual(
    [...kinds, 'leaked'].sort(),
  );
});

test('internals explains every path that we keep on disk', async () => {
  const internals = await read('docs/internals.md');
  const {home, state, cache, vagrantHome, ...paths} = planPaths({}, '/home/op');
  for (const folder of [state, cache, vagrantHome]) expect(internals).toContain(folder.replace(home, '~'));
  for (const path of Object.values(paths)) expect(internals).toMatch(new RegExp(`\\b${basename(path)}\\b`));
});

test('CONTRIBUTING names every script that is run by hand', async () => {
  const contributing = await read('CONTRIBUTING.md');
  for (const name of await readdir(join(projectRoot, 'test/real'))) expect(contributing).toContain(name);
});

describe('files that documents name', async () => {
  const pages = (await readdir(join(projectRoot, 'docs'), {recursive: true}))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages];

  test.each(documents)('%s', async (document) => {
    const text = await read(document);
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
      join(document, '..', target),
    );
    const paths = [
      ...text.matchAll(
        /(?<![\w./<>~-])(?:(?:src|test|docs|patches|vagrant|\.ci)\/[\w./-]*\w|bin\/(?:build-spark|test)\b)/g,
      ),
    ].map(([path]) => path);
    const missing = [...links, ...paths].filter((path) => !findFile(path));
    expect(missing).toEqual([]);
  });

  /** `docs/adr/0003` stands for the page of that number. */
  function findFile(path: string): boolean {
    const number = /^docs\/adr\/(\d{4})$/.exec(path)?.[1];
    if (number !== undefined) return pages.some((page) => page.startsWith(`docs/adr/${number}-`));
    return existsSync(join(projectRoot, path));
  }
});

test('no tracked file holds the address of a package registry', async () => {
  // In pieces, so that this file does not hold them either.
  const forbidden = [
    ['deb', 'debian', 'org'],
    ['ftp', 'debian', 'org'],
    ['security', 'debian', 'org'],
    ['snapshot', 'debian', 'org'],
    ['archive', 'ubuntu', 'com'],
    ['security', 'ubuntu', 'com'],
    ['registry', 'npmjs', 'org'],
    ['repo1', 'maven', 'org'],
    ['repo', 'maven', 'apache', 'org'],
    ['pypi', 'org'],
    ['files', 'pythonhosted', 'org'],
    ['rubygems', 'org'],
  ].map((parts) => parts.join('.'));
  const exec = createExec(process.env);
  // The checkout may belong to somebody else, as in a container.
  const {stdout} = await exec(['git', '-c', 'safe.directory=*', 'ls-files', '-z'], {cwd: projectRoot});
  const files = stdout.split('\0').filter((name) => name !== '' && existsSync(join(projectRoot, name)));
  expect(files.length).toBeGreaterThan(100);
  const found: string[] = [];
  for (const name of files) {
    const text = await readFile(join(projectRoot, name), 'latin1');
    found.push(...forbidden.filter((host) => text.includes(host)).map((host) => `${name}: ${host}`));
  }
  expect(found).toEqual([]);
});
