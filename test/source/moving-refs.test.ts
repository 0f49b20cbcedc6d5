// Refs with odd names, refs that move, and sources that cannot be reached or are of another user.
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {HostError} from '../../src/core/errors.ts';
import {parseSource} from '../../src/source/location.ts';
import {openMirror} from '../../src/source/mirror.ts';
import {findUncommitted} from '../../src/source/warnings.ts';
import {makeFolder, makeRepository, makeTools} from './fixtures.ts';

async function setUp(extra: Record<string, string | undefined> = {}) {
  const folder = await makeFolder();
  const repository = await makeRepository(join(folder, 'a source; $(touch hacked)'));
  const tools = makeTools(folder, extra);
  return {folder, repository, tools, mirror: openMirror(parseSource(repository.folder, '/'), tools)};
}

describe('a source of another user', () => {
  test.skipIf(process.getuid?.() !== 0)('the remedy that is printed helps', async () => {
    const home = await makeFolder();
    const {folder, tools, repository, mirror} = await setUp({HOME: home});
    await tools.exec(['chown', '-R', '65534', repository.folder]);
    const error = await mirror.resolve('main').catch((reason: unknown) => reason as HostError);
    const hint = (error as HostError).hint;
    expect(hint).toMatch(/safe\.directory .*\.git/);
    const command = hint.replace(/^If you trust that user, type: /, '');
    await tools.exec(['sh', '-c', command], {cwd: folder});
    expect((await mirror.resolve('main')).commit).toBe(repository.first);
    expect(await findUncommitted(mirror.source, tools.exec)).toMatch(/is not known.*safe\.directory/);
  });
});

describe('refs that move, and sources out of reach', () => {
  const url = 'https://spark.example.invalid/spark';

  /** Git is led to a copy on disk, as a user's insteadOf would, until the network is "taken away". */
  async function setUpUrl() {
    const folder = await makeFolder();
    const home = await makeFolder();
    const repository = await makeRepository(join(folder, 'source'));
    const tools = makeTools(folder, {HOME: home, https_proxy: 'http://127.0.0.1:1'});
    const mirror = openMirror(parseSource(url, '/'), tools);
    const config = join(home, '.gitconfig');
    const connect = () => writeFile(config, `[url "file://${repository.folder}"]\n\tinsteadOf = ${url}\n`);
    await connect();
    return {repository, mirror, connect, disconnect: () => rm(config)};
  }

  test('a tag that was fetched is used until it is refreshed; that it moved is said', async () => {
    const {mirror, repository} = await setUpUrl();
    const {first} = repository;
    expect(await mirror.resolve('v1')).toEqual({tag: 'v1', commit: first});
    const second = await repository.commit({file: 'two'});
    await repository.git('tag', '-f', 'v1');
    expect(await mirror.resolve('v1')).toEqual({tag: 'v1', commit: first});
    expect(await mirror.resolve('v1', {expected: first})).toEqual({tag: 'v1', commit: first});
    expect(await mirror.resolve('v1', {expected: second})).toEqual({
      ...{tag: 'v1', commit: first},
      note: expect.stringMatching(new RegExp(`has moved.*${first}.*${second}.*--refresh`)),
    });
    expect(await mirror.resolve('v1', {refresh: true})).toEqual({
      ...{tag: 'v1', commit: second},
      note: expect.stringMatching(new RegExp(`has moved, from ${first} to ${second}`)),
    });
    expect(await mirror.resolve('v1')).toEqual({tag: 'v1', commit: second});
  });

  test('without a network: a tag that was fetched, a commit that a list names, and a branch only where it may be old', async () => {
    const {mirror, repository, disconnect} = await setUpUrl();
    const {first} = repository;
    await mirror.resolve('v1');
    await mirror.resolve('main');
    await disconnect();
    expect(await mirror.resolve('v1')).toEqual({tag: 'v1', commit: first});
    expect(await mirror.resolve('v2', {expected: first})).toEqual({tag: 'v2', commit: first});
    await expect(mirror.resolve('main')).rejects.toThrow(/cannot be reached/);
    expect(await mirror.resolve('main', {mayBeOld: true})).toEqual({
      ...{tag: 'main', commit: first},
      note: expect.stringMatching(/cannot be reached.*main is taken as it was fetched last/),
    });
    await expect(mirror.resolve('v2', {mayBeOld: true})).rejects.toThrow(HostError);
  });

  test('where no connection is to be opened, none is', async () => {
    const {mirror} = await setUpUrl();
    await expect(mirror.resolve('v1', {isLocal: true})).rejects.toThrow(/not on this host yet/);
    await mirror.resolve('v1');
    await mirror.resolve('v1', {isLocal: true});
  });
});

describe('names', () => {
  test.each(['#42', 'a@b', 'größe', "it's", '$(touch hacked)'.replace(' ', '-'), '+x', '@x'])(
    'a branch and a tag %s are found',
    async (name) => {
      const {mirror, repository} = await setUp();
      await repository.git('branch', name);
      expect((await mirror.resolve(name)).commit).toBe(repository.first);
      const second = await repository.commit({file: 'two'});
      await repository.git('tag', name);
      expect((await mirror.resolve(name)).commit).toBe(second);
    },
  );

  test('HEAD is what the source has checked out', async () => {
    const {mirror, repository} = await setUp();
    const second = await repository.commit({file: 'two'});
    expect((await mirror.resolve('HEAD')).commit).toBe(second);
    await repository.git('checkout', '-q', '--detach', 'v1');
    expect((await mirror.resolve('HEAD')).commit).toBe(repository.first);
  });
});
