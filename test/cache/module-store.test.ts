// Compiled modules on disk: whole, in one rename, and never a damaged one.
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createIncoming, findModules, keepModules, listModules} from '../../src/cache/module-store.ts';
import {createPlainKinds} from '../../src/cache/plain-kinds.ts';
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
    await keepModules(tools, name, incoming, AbortSignal.timeout(20_000));
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
  const kind = createPlainKinds(tools).find(({name}) => name === 'modules');
  const entries = (await kind?.list()) ?? [];
  expect(entries.map(({name}) => name.replace(/-[0-9a-f-]{36}$/, '-…'))).toEqual(['cdh5.7.0-0a', 'work-…']);
  const results = [];
  for (const entry of entries) results.push(await kind?.remove(entry));
  expect(results).toEqual(['removed', 'busy']);
  expect(await findModules(tools, 'cdh5.7.0-0a')).toBeUndefined();
});
