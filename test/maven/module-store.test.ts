// Compiled modules on disk: whole, in one rename, and never a damaged one.
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createIncoming, findModules, keepModules, listModules} from '../../src/maven/module-store.ts';
import {createModulesKind} from '../../src/maven/maven-kinds.ts';
import {systemClock} from '../../src/core/clock.ts';
import {planPaths} from '../../src/core/paths.ts';
import {makeFolder, realExec} from '../core/fixtures.ts';

async function newStore() {
  const paths = planPaths({}, await makeFolder());
  const asRoot = (argv: readonly [string, ...string[]]) => argv;
  const tools = {exec: realExec, paths, clock: systemClock, asRoot};
  const keep = async (name: string, text: string): Promise<void> => {
    const incoming = await createIncoming(tools);
    await mkdir(join(incoming, 'v1.1/g/core'), {recursive: true});
    await writeFile(join(incoming, 'v1.1/g/core/core.jar'), text);
    await keepModules(tools, name, incoming, ['v1.1/g/core'], AbortSignal.timeout(20_000));
    await realExec(['rm', '-r', incoming]);
  };
  return {tools, paths, keep};
}

test('what was kept is found under its name, and replaced as a whole', async () => {
  const {tools, paths, keep} = await newStore();
  expect(await findModules(tools, 'cdh5.7.0-0a')).toBeUndefined();
  await keep('cdh5.7.0-0a', 'old');
  await keep('cdh5.7.0-0b', 'other');
  await keep('cdh5.7.0-0a', 'new');
  const tar = (await findModules(tools, 'cdh5.7.0-0a')) ?? '';
  const {stdout} = await realExec(['tar', '-xOf', tar, './v1.1/g/core/core.jar']);
  expect(stdout).toBe('new');
  expect((await listModules(paths.modules)).map(({name}) => name).sort()).toEqual([
    'cdh5.7.0-0a',
    'cdh5.7.0-0b',
  ]);
  expect((await readdir(paths.modules)).every((name) => name.endsWith('.tar'))).toBe(true);
});

test.each([
  ['a link', ['ln', '-s', '/etc/passwd', 'v1.1/g/core/x']],
  ['a linked folder', ['ln', '-s', '/etc', 'v1.1/g/core/x']],
  ['a pipe', ['mkfifo', 'v1.1/g/core/x']],
  ['a second name of a file', ['ln', 'v1.1/g/core/core.jar', 'v1.1/g/core/x']],
  ['what nobody asked for', ['cp', '-r', 'v1.1/g/core', 'v1.1/g/assembly']],
] as const)('%s in what a machine hands over: nothing is kept', async (_, argv) => {
  const {tools, paths} = await newStore();
  const incoming = await createIncoming(tools);
  await mkdir(join(incoming, 'v1.1/g/core'), {recursive: true});
  await writeFile(join(incoming, 'v1.1/g/core/core.jar'), 'x');
  await realExec([...argv], {cwd: incoming});
  const keeping = keepModules(tools, 'cdh5.7.0-0a', incoming, ['v1.1/g/core'], AbortSignal.timeout(20_000));
  await expect(keeping).rejects.toThrow();
  expect((await readdir(paths.modules)).filter((name) => name.endsWith('.tar'))).toEqual([]);
});

test('no tar holds a setuid file, nor one that others may write', async () => {
  const {tools} = await newStore();
  const incoming = await createIncoming(tools);
  await mkdir(join(incoming, 'v1.1/g/core'), {recursive: true});
  await writeFile(join(incoming, 'v1.1/g/core/core.jar'), 'x');
  await realExec(['chmod', '6777', join(incoming, 'v1.1/g/core/core.jar'), join(incoming, 'v1.1')]);
  await keepModules(tools, 'cdh5.7.0-0a', incoming, ['v1.1/g/core'], AbortSignal.timeout(20_000));
  const tar = (await findModules(tools, 'cdh5.7.0-0a')) ?? '';
  const modes = (await realExec(['tar', '-tvf', tar])).stdout.split('\n').map((line) => line.slice(0, 10));
  expect(new Set(modes.filter((mode) => mode !== ''))).toEqual(new Set(['drwxr-xr-x', '-rwxr-xr-x']));
});

test('a damaged one is nobody’s, and gone', async () => {
  const {tools, paths, keep} = await newStore();
  await keep('cdh5.7.0-0a', 'x');
  const tar = (await findModules(tools, 'cdh5.7.0-0a')) ?? '';
  await writeFile(tar, 'y', {flag: 'r+'});
  expect(await findModules(tools, 'cdh5.7.0-0a')).toBeUndefined();
  expect(await readdir(paths.modules)).toEqual([]);
});

test('the prune knows each by its name, and leaves alone what is fetched just now', async () => {
  const {tools, keep} = await newStore();
  await keep('cdh5.7.0-0a', 'x');
  await createIncoming(tools);
  const kind = createModulesKind(tools);
  const entries = await kind.list();
  expect(entries.map(({name}) => name.replace(/-[0-9a-f-]{36}$/, '-…'))).toEqual(['cdh5.7.0-0a', 'work-…']);
  const results = [];
  for (const entry of entries) results.push(await kind.remove(entry));
  expect(results).toEqual(['removed', 'busy']);
  expect(await findModules(tools, 'cdh5.7.0-0a')).toBeUndefined();
});
