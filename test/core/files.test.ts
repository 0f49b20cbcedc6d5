import {chmod, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import * as z from 'zod';
import {UsageError} from '../../src/core/errors.ts';
import {readJsonFile, removeFile, replaceFolder, writeJsonFile} from '../../src/core/files.ts';
import {makeFolder} from './fixtures.ts';

const schema = z.object({formatVersion: z.literal(1), name: z.string()});
const value = {formatVersion: 1 as const, name: 'x'};

describe('state files', () => {
  test('what is written is read, only we can read it, and nothing else is left in the folder', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'a.json');
    await writeJsonFile(path, {...value, name: 'old'});
    await writeJsonFile(path, value);
    expect(await readJsonFile(path, schema, 'The state')).toEqual(value);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  test('a missing file is undefined; removing it is no error', async () => {
    const path = join(await makeFolder(), 'a.json');
    expect(await readJsonFile(path, schema, 'The state')).toBeUndefined();
    await removeFile(path);
    await writeJsonFile(path, value);
    await removeFile(path);
    expect(await readJsonFile(path, schema, 'The state')).toBeUndefined();
  });

  test.each([
    ['empty', ''],
    ['cut off', '{"formatVersion": 1, "na'],
    ['of a later format', '{"formatVersion": 2, "name": "x"}'],
    ['another shape', '{"formatVersion": 1}'],
    ['no object', 'null'],
  ])('one that is %s is refused by its name, with what to type, and stays', async (_what, text) => {
    const path = join(await makeFolder(), 'a.json');
    await writeFile(path, text);
    const error = await readJsonFile(path, schema, 'The state').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: expect.stringContaining(`The state ${path}`),
      hint: expect.stringContaining(`mv ${path}`),
    });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('one that cannot be read is an error, never taken for missing', async () => {
    const folder = await makeFolder();
    await expect(readJsonFile(folder, schema, 'The state')).rejects.toThrow();
  });
});

describe('replaceFolder', () => {
  test('the new folder takes the place of the old one, and nothing else stays', async () => {
    const folder = await makeFolder();
    const [from, to] = [join(folder, 'new'), join(folder, 'target')];
    for (const [path, name] of [
      [from, 'b'],
      [to, 'a'],
    ] as const) {
      await mkdir(path);
      await writeFile(join(path, name), name);
    }
    await chmod(join(to, 'a'), 0o400);
    await replaceFolder(from, to);
    expect(await readdir(folder)).toEqual(['target']);
    expect(await readdir(to)).toEqual(['b']);
  });

  test('where nothing was, it is just moved', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'new'));
    await replaceFolder(join(folder, 'new'), join(folder, 'target'));
    expect(await readdir(folder)).toEqual(['target']);
  });
});
