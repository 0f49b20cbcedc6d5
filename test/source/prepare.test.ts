import {lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {UsageError} from '../../src/core/errors.ts';
import {parseSource} from '../../src/source/location.ts';
import {openMirror} from '../../src/source/mirror.ts';
import {prepareSource, writeTar} from '../../src/source/prepare.ts';
import {createWorkFolder, sweepWorkFolders} from '../../src/source/work-folder.ts';
import {makeFolder, makeRepository, makeTools, script, sparkFiles} from './fixtures.ts';

async function setUp(files: Readonly<Record<string, string>> = sparkFiles) {
  const folder = await makeFolder();
  const repository = await makeRepository(join(folder, 'source'), files);
  const tools = makeTools(folder);
  const source = parseSource(repository.folder, '/');
  const {commit} = await openMirror(source, tools).resolve('v1');
  const request = {
    source: source.name,
    commit,
    script: 'make-distribution.sh',
    features: ['thriftserver'] as const,
    edits: [],
    patches: [] as string[],
  };
  const leftovers = () => readdir(join(tools.paths.cache, 'source')).catch(() => []);
  return {folder, repository, tools, request, leftovers};
}

const edit = {id: 'e', file: 'core/pom.xml', why: 'why', find: 'spark-core', replace: 'other-core', times: 1};

describe('prepareSource', () => {
  test('gives the tree of that commit, undeleted, edited, then patched, with a git that knows where it is', async () => {
    const {tools, request, folder, leftovers} = await setUp();
    const patch = join(folder, 'my change;$(x).patch');
    // It needs what the edit wrote: ours come first.
    await writeFile(
      patch,
      '--- a/core/pom.xml\n+++ b/core/pom.xml\n@@ -1 +1 @@\n-<project><artifactId>other-core_2.10</artifactId></project>\n\\ No newline at end of file\n+<project/>\n',
    );
    const prepared = await prepareSource(tools, {...request, edits: [edit], patches: [patch]});
    const text = await readFile(join(prepared.folder, 'make-distribution.sh'), 'utf8');
    expect(text.match(/^rm /gm)).toHaveLength(1);
    expect(prepared.undelete).toMatchObject({status: 'edited', text});
    expect(await readFile(join(prepared.folder, 'core/pom.xml'), 'utf8')).toBe('<project/>\n');
    expect(prepared.edits).toMatchObject([{id: 'e'}]);
    expect(prepared.patches).toEqual([
      {name: 'my change;$(x).patch', sha256: expect.stringMatching(/^[0-9a-f]{64}$/)},
    ]);
    const {stdout} = await tools.exec(['git', '-C', prepared.folder, 'rev-parse', 'HEAD']);
    expect(stdout).toBe(request.commit);
    await prepared.discard();
    await prepared.discard();
    expect(await leftovers()).toEqual([]);
  });

  test('a script with line ends of Windows is named, in the commit and where .gitattributes make them', async () => {
    const crlf = {...sparkFiles, 'make-distribution.sh': script.replaceAll('\n', '\r\n')};
    const attributes = {...sparkFiles, '.gitattributes': '*.sh text eol=crlf\n'};
    for (const files of [crlf, attributes]) {
      const {tools, request, leftovers} = await setUp(files);
      for (const features of [request.features, []])
        await expect(prepareSource(tools, {...request, features})).rejects.toThrow(
          /make-distribution\.sh in the source has Windows line endings \(CRLF\)/,
        );
      expect(await leftovers()).toEqual([]);
    }
  });

  test('files in Git LFS stay pointers, also where git-lfs would fetch them', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`;
    const {request, folder} = await setUp({
      ...sparkFiles,
      '.gitattributes': '*.bin filter=lfs -text\n',
      'data/a.bin': pointer,
    });
    const home = await makeFolder();
    await writeFile(
      join(home, '.gitconfig'),
      '[filter "lfs"]\n\tclean = false\n\tsmudge = false\n\tprocess = false\n\trequired = true\n',
    );
    const prepared = await prepareSource(makeTools(folder, {HOME: home}), request);
    expect(await readFile(join(prepared.folder, 'data/a.bin'), 'utf8')).toBe(pointer);
    await prepared.discard();
  });

  test('nothing in its .git names a path of this host, a person or a password', async () => {
    const {tools, request, folder} = await setUp();
    const {folder: tree} = await prepareSource(tools, request);
    for (const entry of await readdir(join(tree, '.git'), {recursive: true, withFileTypes: true})) {
      if (!entry.isFile()) continue;
      const content = await readFile(join(entry.parentPath, entry.name), 'latin1');
      expect(content).not.toContain(folder);
    }
    expect(
      (await tools.exec(['git', '-C', tree, 'config', 'remote.origin.url'], {allow: 'any'})).stdout,
    ).toBe('');
  });

  test('its origin is the address of a URL without the password', async () => {
    const {folder, repository, request} = await setUp();
    const address = 'https://me:s3cretpass@example.com/spark';
    // Git is led to the copy on disk as a user's insteadOf would.
    await writeFile(
      join(folder, '.gitconfig'),
      `[url "file://${repository.folder}"]\n\tinsteadOf = https://example.com/spark\n`,
    );
    const tools = makeTools(folder, {HOME: folder});
    await openMirror(parseSource(address, '/'), tools).resolve('v1');
    const {folder: tree} = await prepareSource(tools, {...request, source: address});
    const config = await readFile(join(tree, '.git/config'), 'utf8');
    expect(config).toContain('https://example.com/spark');
    expect(config).not.toContain('s3cretpass');
  });

  test('modes do not depend on the umask; a tar has the whole of it', async () => {
    const {tools, request, folder} = await setUp();
    const before = process.umask(0o077);
    const {folder: tree} = await prepareSource(tools, request).finally(() => process.umask(before));
    expect((await stat(join(tree, 'pom.xml'))).mode & 0o777).toBe(0o644);
    expect((await stat(tree)).mode & 0o777).toBe(0o755);
    await writeTar(tools.exec, tree, join(folder, 'a tar'));
    await mkdir(join(folder, 'out'));
    await tools.exec(['tar', '-xf', join(folder, 'a tar'), '-C', join(folder, 'out')]);
    const {stdout} = await tools.exec(['git', '-C', join(folder, 'out'), 'rev-parse', 'HEAD']);
    expect(stdout).toBe(request.commit);
    const list = (await tools.exec(['tar', '-tf', join(folder, 'a tar')])).stdout.split('\n');
    expect(list).toContain('./pom.xml');
    expect(list).not.toContain('./'); // A home whose group may write is one that sshd refuses.
  });

  test('without the block, and without features, the tree is the commit', async () => {
    const {tools, request} = await setUp({...sparkFiles, 'make-distribution.sh': '#!/bin/bash\n'});
    const prepared = await prepareSource(tools, request);
    expect(prepared.undelete).toEqual({status: 'nothing', kept: []});
    expect((await tools.exec(['git', '-C', prepared.folder, 'status', '--porcelain'])).stdout).toBe('');
  });

  test.each([
    [
      'an unexpected block',
      {...sparkFiles, 'make-distribution.sh': script.replace('bin/beeline', 'bin/x')},
      {},
    ],
    ['a script that bash cannot read', {...sparkFiles, 'make-distribution.sh': `${script}if true\n`}, {}],
    ['a script that is not there', sparkFiles, {script: 'dev/make-distribution.sh'}],
    ['an edit that does not fit', sparkFiles, {edits: [{...edit, times: 2}]}],
    ['a patch that is not there', sparkFiles, {patches: ['/no/such']}],
  ])('%s is refused, and nothing is left', async (_, files, change) => {
    const {tools, request, leftovers} = await setUp(files);
    await expect(prepareSource(tools, {...request, ...change})).rejects.toMatchObject({
      hint: expect.any(String),
    });
    expect(await leftovers()).toEqual([]);
  });

  test('a script that is not UTF-8 is refused rather than damaged', async () => {
    const {tools, request, repository} = await setUp();
    await writeFile(
      join(repository.folder, 'make-distribution.sh'),
      Buffer.concat([Buffer.from([0xff]), Buffer.from(script)]),
    );
    const commit = await repository.commit({});
    await openMirror(parseSource(repository.folder, '/'), tools).resolve(commit);
    await expect(prepareSource(tools, {...request, commit})).rejects.toThrow(/not UTF-8/);
  });

  test('a script or an edited file that is a link to somewhere else is not followed', async () => {
    const {tools, request, repository, folder} = await setUp();
    const victim = join(folder, 'victim');
    await writeFile(victim, script);
    await repository.git('rm', '-q', 'make-distribution.sh');
    await symlink(victim, join(repository.folder, 'make-distribution.sh'));
    const commit = await repository.commit({});
    await openMirror(parseSource(repository.folder, '/'), tools).resolve(commit);
    await expect(prepareSource(tools, {...request, commit})).rejects.toThrow(/not a plain file/);
    expect(await readFile(victim, 'utf8')).toBe(script);
  });

  test('a mirror that lacks the commit is said so, with the way out', async () => {
    const {tools, request, leftovers} = await setUp();
    await expect(prepareSource(tools, {...request, commit: 'a'.repeat(40)})).rejects.toMatchObject({
      hint: expect.stringContaining('rm -r'),
    });
    expect(await leftovers()).toEqual([]);
  });
});

describe('work folders', () => {
  test('those of processes that are gone are removed, ours and fresh ones stay', async () => {
    const {tools, folder} = await setUp();
    const parent = join(folder, 'work');
    const ours = await createWorkFolder(parent, tools.exec);
    const dead = await createWorkFolder(parent, tools.exec);
    const owner = JSON.parse(await readFile(join(dead, 'owner.json'), 'utf8')) as object;
    await writeFile(join(dead, 'owner.json'), JSON.stringify({...owner, startedAt: 'before'}));
    await mkdir(join(parent, 'fresh'));
    await mkdir(join(parent, 'old'));
    await utimes(join(parent, 'old'), new Date(0), new Date(0));
    await sweepWorkFolders(parent, tools, new Date());
    expect((await readdir(parent)).toSorted()).toEqual(['fresh', ours.split('/').at(-1)].toSorted());
  });
});

test('no ref and no path reaches a shell or becomes an option', {timeout: 120_000}, async () => {
  const {tools, folder, repository} = await setUp();
  const nasty = fc
    .array(
      fc.constantFrom(
        ' ',
        "'",
        '"',
        ';',
        '$(touch hacked)',
        '`touch hacked`',
        '\n',
        '-',
        '--upload-pack=touch hacked',
        '|touch hacked',
        '&',
        'v1',
        '*',
        '\\',
        'é',
        '..',
      ),
      {minLength: 1, maxLength: 4},
    )
    .map((parts) => parts.join(''));
  const mirror = openMirror(parseSource(repository.folder, '/'), tools);
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      await mirror.resolve(text).then(
        ({commit}) => expect(commit).toBe(repository.first),
        (error: unknown) => expect(error).toBeInstanceOf(UsageError),
      );
      let source;
      try {
        source = parseSource(text, folder);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return;
      }
      await openMirror(source, tools)
        .resolve('v1')
        .catch((error: unknown) => expect(error).toBeInstanceOf(UsageError));
      await lstat(join(folder, 'hacked')).then(
        () => expect.unreachable('a shell ran it'),
        () => undefined,
      );
    }),
    {numRuns: 40},
  );
  await expect(lstat('hacked')).rejects.toThrow();
});
