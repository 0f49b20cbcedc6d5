import {readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {createExec} from '../../src/core/exec.ts';
import {isInnerLink, isPlainPath} from '../../src/core/inner-paths.ts';
import {listFolder} from '../../src/distribution/folder-listing.ts';
import {manifestSchema, readManifest, writeManifest} from '../../src/distribution/manifest.ts';
import {parseSums, renderSums} from '../../src/distribution/sums.ts';
import {libFacts, makeFolder, writeLibDist, removeOwn, writeTree} from './fake-dist.ts';

const exec = createExec({PATH: '/usr/bin:/bin', LC_ALL: 'C'});

describe('manifest.json', () => {
  test('what is written is read back, with every file but itself, sorted', async () => {
    const dir = await makeFolder();
    await writeLibDist(dir);
    await symlink('spark-submit', join(dir, 'bin/submit'));
    const written = await writeManifest(dir, libFacts);
    const read = await readManifest(dir);
    expect(read).toEqual(written);
    expect(read).toMatchObject(libFacts);
    const paths = read.files.map(({path}) => path);
    expect(paths).toEqual([...paths].sort());
    expect(paths).toContain('RELEASE');
    expect(paths).not.toContain('manifest.json');
    expect(read.files.find(({path}) => path === 'bin/beeline')).toMatchObject({mode: '755', bytes: 20});
    expect(read.links).toEqual([{path: 'bin/submit', target: 'spark-submit'}]);
    // A second time the same comes out, and never over what is there.
    await expect(writeManifest(dir, libFacts)).rejects.toThrow(/build made manifest\.json itself/);
    await removeOwn(dir);
    expect(await writeManifest(dir, libFacts)).toEqual(written);
  });

  test('secrets in the source, the arguments and the smoke answers stay out of it', async () => {
    const dir = await makeFolder();
    await writeTree(dir, {RELEASE: 'x'});
    await writeManifest(
      dir,
      {
        ...libFacts,
        source: 'https://me:hunter22@git.example.org/spark?token=abc',
        arguments: ['-Ddeploy=https://u:hunter22@example.org', '-Dk=topsecret'],
        smoke: {url: ['https://u:hunter22@example.org']},
      },
      {redact: (text) => text.replaceAll(/hunter22|topsecret/g, '***')},
    );
    const text = await readFile(join(dir, 'manifest.json'), 'utf8');
    expect(text).not.toMatch(/hunter22|topsecret/);
    await removeOwn(dir);
    await writeManifest(dir, {...libFacts, source: 'https://me:hunter22@git.example.org/spark?token=abc'});
    expect((await readManifest(dir)).source).toBe('https://***@git.example.org/spark?token=***');
  });

  test.each([
    ['missing', undefined, /has no manifest\.json/],
    ['no JSON', '{"formatVersion": 1,', /is damaged: it is not JSON/],
    [
      'another format',
      '{"formatVersion": 2, "toolVersion": "9.9.9"}',
      /format 2, written by build-spark 9\.9\.9/,
    ],
    ['something lacking', '{"formatVersion": 1}', /damaged or was written by another version/],
    ['no object', '[]', /damaged/],
  ])('%s: one error which names the file and the remedy', async (_name, text, message) => {
    const dir = await makeFolder();
    if (text !== undefined) await writeFile(join(dir, 'manifest.json'), text);
    const error: unknown = await readManifest(dir).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).message).toContain(dir);
    expect((error as UsageError).hint).not.toBe('');
  });

  test.each(['../../etc/passwd', '/etc/passwd', 'a//b', 'a/./b', ''])(
    'a manifest that names the path "%s" is refused',
    (path) => {
      const file = {path, bytes: 0, sha256: '0'.repeat(64), mode: '644'};
      const result = manifestSchema.safeParse({formatVersion: 1, ...libFacts, files: [file], links: []});
      expect(result.success).toBe(false);
      const good = {...file, path: 'a'};
      expect(
        manifestSchema.safeParse({formatVersion: 1, ...libFacts, files: [good], links: []}).success,
      ).toBe(true);
    },
  );

  test.each(['/etc/passwd', '../../outside', 'chain/../../../etc'])(
    'a link to %s is never recorded',
    async (target) => {
      const dir = await makeFolder();
      await writeTree(dir, {'sub/file': 'x'});
      await symlink(target, join(dir, 'sub/link'));
      await expect(writeManifest(dir, libFacts)).rejects.toThrow(/sub\/link is a link to .* outside/);
    },
  );

  test('a link is followed through other links before it is trusted', async () => {
    const dir = await makeFolder();
    const outside = await makeFolder();
    await writeTree(outside, {secret: 'x'});
    await writeTree(dir, {a: 'x'});
    await symlink(outside, join(dir, 'door'));
    await symlink('door/secret', join(dir, 'inner'));
    expect((await listFolder(dir)).strange).toHaveLength(2);
  });

  test('names that are not UTF-8, and pipes, are named', async () => {
    const dir = await makeFolder();
    await writeFile(Buffer.concat([Buffer.from(`${dir}/latin-`), Buffer.from([0xe9])]), 'x');
    await exec(['mkfifo', join(dir, 'pipe')]);
    expect((await listFolder(dir)).strange.join()).toMatch(/latin-.*not UTF-8.*pipe is neither/);
  });
});

describe('SHA256SUMS', () => {
  test('sha256sum -c accepts it, and notices a change', async () => {
    const dir = await makeFolder();
    await writeLibDist(dir);
    await writeTree(dir, {' two  blanks': '1', '*star': '2', '-dash': '3', 'ret\rurn': '4', 'é\\n': '5'});
    const {files} = await writeManifest(dir, libFacts);
    const {stdout} = await exec(['sha256sum', '-c', '--strict', 'SHA256SUMS'], {cwd: dir});
    expect(stdout.split('\n').filter((line) => line.endsWith(': OK'))).toHaveLength(files.length + 1);
    await writeFile(join(dir, '-dash'), 'other');
    const again = await exec(['sha256sum', '-c', 'SHA256SUMS'], {cwd: dir, allow: [1]});
    expect(again.stdout).toContain('-dash: FAILED');
  });

  test('any name comes back as it was', () => {
    const name = fc
      .string({unit: fc.constantFrom('a', '/', '\\', '\n', '\r', ' ', '*', 'é', 'n'), minLength: 1})
      .filter((text) => !text.includes('\0'));
    const sum = fc.record({path: name, sha256: fc.constant('0123456789abcdef'.repeat(4))});
    fc.assert(
      fc.property(fc.array(sum), (sums) => {
        expect(parseSums(renderSums(sums))).toEqual(sums);
      }),
    );
  });

  test.each(['hello', `${'0'.repeat(63)}  a`, `\\${'0'.repeat(64)}  a\\q`, `\\${'0'.repeat(64)}  a\\`])(
    'a line such as %j is refused',
    (line) => expect(parseSums(`${line}\n`)).toBeUndefined(),
  );
});

test('a plain path never leads out of its folder', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '...', 'b c');
  fc.assert(
    fc.property(fc.array(part, {minLength: 1}), (parts) => {
      const path = parts.join('/');
      const end = new URL(encodeURI(`file:///root/x/${path}`)).pathname;
      if (isPlainPath(path)) expect(end).toBe(encodeURI(`/root/x/${path}`));
      if (isInnerLink({path: 'link', target: path})) expect(`${end}/`).toMatch(/^\/root\/x\//);
    }),
  );
});
