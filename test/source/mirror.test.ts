import {readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {CommandError} from '../../src/core/exec.ts';
import {HostError, UsageError} from '../../src/core/errors.ts';
import {explainGitError} from '../../src/source/git.ts';
import {parseSource} from '../../src/source/location.ts';
import {openMirror, type Mirror} from '../../src/source/mirror.ts';
import {makeFolder, makeRepository, makeTools} from './fixtures.ts';

async function setUp(extra: Record<string, string | undefined> = {}) {
  const folder = await makeFolder();
  const repository = await makeRepository(join(folder, 'a source; $(touch hacked)'));
  const tools = makeTools(folder, extra);
  const mirror = openMirror(parseSource(repository.folder, '/'), tools);
  return {folder, repository, tools, mirror};
}

/** As the mirror of a URL, which git reaches in the same way. */
const asUrl = (path: string, tools: ReturnType<typeof makeTools>): Mirror =>
  openMirror(parseSource(`file://${encodeURI(path)}`, '/'), tools);

describe('resolve', () => {
  test('gives the commit of a tag, of an annotated tag, of a branch, of a full name and of an id', async () => {
    const {mirror, repository} = await setUp();
    const {first} = repository;
    for (const ref of ['v1', 'v2', 'main', 'refs/heads/main', 'refs/tags/v2', first])
      expect(await mirror.resolve(ref)).toEqual({tag: ref, commit: first});
    const files = await mirror.open(first);
    expect(await files.read('core/pom.xml')).toContain('spark-core_2.10');
    expect(await files.read('no/such')).toBeUndefined();
  });

  test('holds only what was asked for: one commit, without its history', async () => {
    const {mirror, repository, tools} = await setUp();
    const second = await repository.commit({file: 'two'});
    await mirror.resolve(second);
    const git = ['git', `--git-dir=${mirror.folder}`] as const;
    expect((await tools.exec([...git, 'rev-list', '--all', '--count'])).stdout).toBe('1');
    const {exitCode} = await tools.exec([...git, 'cat-file', '-e', repository.first], {allow: 'any'});
    expect(exitCode).not.toBe(0);
  });

  test('follows a branch that moves, and a tag of a path that was moved', async () => {
    const {mirror, repository} = await setUp();
    await mirror.resolve('main');
    await mirror.resolve('v1');
    const second = await repository.commit({file: 'two'});
    await repository.git('tag', '-f', 'v1');
    expect((await mirror.resolve('main')).commit).toBe(second);
    expect((await mirror.resolve('v1')).commit).toBe(second);
    expect((await mirror.resolve(repository.first)).commit).toBe(repository.first);
  });

  test('a tag of a URL is fetched once, a branch is asked for each time', async () => {
    const {repository, tools} = await setUp();
    const mirror = asUrl(repository.folder, tools);
    await mirror.resolve('v1');
    await mirror.resolve('main');
    await rm(repository.folder, {recursive: true});
    expect((await mirror.resolve('v1')).commit).toBe(repository.first);
    expect((await mirror.resolve(repository.first)).commit).toBe(repository.first);
    await expect(mirror.resolve('main')).rejects.toThrow(UsageError);
  });

  test('a tag wins over a branch of the same name; a name below another is no conflict', async () => {
    const {mirror, repository} = await setUp();
    await repository.git('branch', 'v1');
    await repository.commit({file: 'two'});
    await repository.git('branch', '-f', 'v1');
    expect((await mirror.resolve('v1')).commit).toBe(repository.first);
    await repository.git('branch', 'topic');
    await mirror.resolve('topic');
    await repository.git('branch', '-m', 'topic', 'topic/below');
    expect((await mirror.resolve('topic/below')).commit).not.toBe(repository.first);
  });

  test('a ref that is not there is named with those near it', async () => {
    const {mirror} = await setUp();
    await expect(mirror.resolve('v11')).rejects.toThrow(/no tag or branch v11.*Near it: v1/s);
    const missing: unknown = await mirror.resolve('a'.repeat(40)).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(UsageError);
    expect(String(missing)).toMatch(/does not have what was asked for: .*a{40}/);
    await expect(mirror.resolve('abcdef0')).rejects.toMatchObject({
      hint: expect.stringContaining('40 digits'),
    });
  });

  test('a tag that names a file or a tree is no source', async () => {
    const {mirror, repository} = await setUp();
    await repository.git('tag', 'tree', 'HEAD^{tree}');
    await expect(mirror.resolve('tree')).rejects.toThrow(UsageError);
  });

  test('works on a copy that is shallow itself, on a bare one, and from a work tree', async () => {
    const {repository, tools, folder} = await setUp();
    const second = await repository.commit({file: 'two'});
    for (const [name, ...options] of [
      ['shallow', '--depth=1'],
      ['bare', '--bare'],
    ] as const) {
      const copy = join(folder, name);
      await tools.exec(['git', 'clone', '-q', ...options, `file://${encodeURI(repository.folder)}`, copy]);
      expect((await openMirror(parseSource(copy, '/'), tools).resolve('main')).commit).toBe(second);
    }
  });

  test('what is no repository is said so, and a folder below one is none either', async () => {
    const {folder, tools, repository} = await setUp();
    for (const path of [folder, join(folder, 'nothing'), join(repository.folder, 'core')])
      await expect(openMirror(parseSource(path, '/'), tools).resolve('main')).rejects.toThrow(
        /is not a git repository/,
      );
    const file = join(folder, 'file');
    await writeFile(file, 'x');
    await expect(openMirror(parseSource(file, '/'), tools).resolve('main')).rejects.toThrow(UsageError);
  });

  test('variables and configuration of the user that point elsewhere change nothing', async () => {
    const home = await makeFolder();
    await writeFile(
      join(home, '.gitconfig'),
      '[color]\n\tui = always\n[init]\n\tdefaultObjectFormat = sha256\n[core]\n\tautocrlf = true\n\thooksPath = /\n[fetch]\n\tprune = true\n[transfer]\n\tfsckObjects = true\n',
    );
    const elsewhere = {
      GIT_DIR: '/nowhere',
      GIT_WORK_TREE: '/nowhere',
      GIT_INDEX_FILE: '/nowhere',
      GIT_DEFAULT_HASH: 'sha256', // A mirror of that kind takes no commit, and stays.
      GIT_TRACE: '1',
      HOME: home,
    };
    const {mirror, repository} = await setUp(elsewhere);
    expect((await mirror.resolve('v1')).commit).toBe(repository.first);
  });
});

describe('after a kill', () => {
  test('leftovers of git do not stop the next fetch, and are gone after it', async () => {
    const {mirror, repository} = await setUp();
    await mirror.resolve('v1');
    const second = await repository.commit({file: 'two'});
    const leftovers = [
      'shallow.lock',
      'packed-refs.lock',
      'objects/pack/tmp_pack_abc',
      'refs/build-spark/names/x.lock',
    ];
    for (const name of leftovers) await writeFile(join(mirror.folder, name), 'half');
    expect((await mirror.resolve('main')).commit).toBe(second);
    const names = await readdir(mirror.folder, {recursive: true});
    expect(names.filter((name) => name.endsWith('.lock') || name.includes('tmp_'))).toEqual([]);
  });

  test('a commit whose objects came without the last ref is fetched again', async () => {
    const {mirror, repository, tools} = await setUp();
    const {first} = repository;
    await mirror.resolve('v1');
    await tools.exec([
      'git',
      `--git-dir=${mirror.folder}`,
      'update-ref',
      '-d',
      `refs/build-spark/commits/${first}`,
    ]);
    await rm(join(mirror.folder, 'shallow'));
    expect((await mirror.resolve('v1')).commit).toBe(first);
    expect((await mirror.resolve(first)).commit).toBe(first);
  });

  test('a mirror that was half made is made', async () => {
    const {mirror, repository} = await setUp();
    await mirror.resolve('v1');
    await rm(join(mirror.folder, 'HEAD'));
    await rm(join(mirror.folder, 'config'));
    expect((await mirror.resolve('main')).commit).toBe(repository.first);
  });

  test('several at once share one mirror', async () => {
    const {repository, tools} = await setUp();
    const second = await repository.commit({file: 'two'});
    const mirrors = Array.from({length: 4}, () => openMirror(parseSource(repository.folder, '/'), tools));
    const commits = await Promise.all(
      mirrors.map((mirror, index) => mirror.resolve(index % 2 === 0 ? 'v1' : 'main')),
    );
    expect(commits.map(({commit}) => commit)).toEqual([repository.first, second, repository.first, second]);
    expect((await readdir(tools.paths.git)).filter((name) => name.includes('.lock'))).toEqual([]);
  });

  test('a fetch that is stopped ends at once and leaves no lock', async () => {
    const {mirror, tools} = await setUp();
    await expect(mirror.resolve('v1', {signal: AbortSignal.abort(new Error('stop'))})).rejects.toThrow(
      'stop',
    );
    expect((await readdir(tools.paths.git)).filter((name) => name.includes('.lock'))).toEqual([]);
  });
});

describe('explainGitError', () => {
  const source = parseSource('https://me:s3cretpass@example.com/spark', '/');
  const fail = (stderr: string, timedOut = false) =>
    explainGitError(
      new CommandError(['git', 'ls-remote', source.type === 'url' ? source.url : ''], {
        exitCode: 128,
        stdout: '',
        stderr,
        timedOut,
      }),
      source,
    );

  test.each([
    [
      "fatal: unable to access 'https://me:s3cretpass@example.com/spark/': Could not resolve host: example.com",
      HostError,
      /cannot be reached.*resolve host/,
    ],
    [
      "fatal: unable to access 'https://example.com/': Failed to connect to example.com port 443",
      HostError,
      /cannot be reached/,
    ],
    [
      "fatal: unable to access 'https://example.com/': server certificate verification failed",
      HostError,
      /cannot be reached/,
    ],
    [
      "fatal: could not read Username for 'https://example.com': terminal prompts disabled",
      HostError,
      /credentials/,
    ],
    ["fatal: Authentication failed for 'https://me:s3cretpass@example.com/spark/'", HostError, /credentials/],
    ['git@example.com: Permission denied (publickey).', HostError, /credentials/],
    [
      'Host key verification failed.\nfatal: Could not read from remote repository.',
      HostError,
      /ssh host key of .* is not trusted: Host key verification failed/,
    ],
    [
      "fatal: unable to access 'https://example.com/spark/': The requested URL returned error: 503",
      HostError,
      /cannot be reached.*error: 503/,
    ],
    [
      'fatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
      HostError,
      /cannot be reached: early EOF/,
    ],
    ["fatal: repository 'https://example.com/spark/' not found", UsageError, /not a git repository/],
    [
      'fatal: dumb http transport does not support shallow capabilities',
      UsageError,
      /plain web server.*cannot give a single commit/,
    ],
    [
      'error: Server does not allow request for unadvertised object 0123456789',
      UsageError,
      /does not serve commits by id/,
    ],
    ['fatal: write error: No space left on device', HostError, /disk is full/],
    ['fatal: something new', HostError, /something new/],
  ])('%s', (stderr, kind, message) => {
    const error = fail(stderr);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('s3cretpass');
  });

  test.each([
    ["'/srv/a b/.git'", "git config --global --add safe.directory '/srv/a b/.git'"],
    ['/srv/spark/.git', 'git config --global --add safe.directory /srv/spark/.git'],
  ])('a source of another user: what git wants to be told, as git says it: %s', (path, command) => {
    const error = fail(
      `fatal: detected dubious ownership in repository at '${path.replaceAll("'", '')}'\n` +
        `To add an exception for this directory, call:\n\n\tgit config --global --add safe.directory ${path}\n` +
        'fatal: Could not read from remote repository.\n',
    );
    expect(error).toMatchObject({exitCode: 4, hint: `If you trust that user, type: ${command}`});
  });

  test('a source that does not answer', () => expect(fail('', true)).toBeInstanceOf(HostError));
});

test('no password is stored in the mirror', async () => {
  const folder = await makeFolder();
  const repository = await makeRepository(join(folder, 'source'));
  const home = await makeFolder();
  // Git is led to the copy on disk as a user's insteadOf would.
  await writeFile(
    join(home, '.gitconfig'),
    `[url "file://${repository.folder}"]\n\tinsteadOf = https://example.com/spark\n`,
  );
  const tools = makeTools(folder, {HOME: home});
  const mirror = openMirror(parseSource('https://me:s3cretpass@example.com/spark', '/'), tools);
  expect((await mirror.resolve('v1')).commit).toBe(repository.first);
  const entries = await readdir(mirror.folder, {recursive: true, withFileTypes: true});
  for (const entry of entries.filter((file) => file.isFile()))
    expect((await readFile(join(entry.parentPath, entry.name), 'latin1')).includes('s3cretpass')).toBe(false);
});
