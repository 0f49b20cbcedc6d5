// The probe, against servers of our own on this host.
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createAsk} from '../../src/core/http-ask.ts';
import type {ProbeOptions} from '../../src/maven/repository-probe.ts';
import {counting, page, pom, probe, scene, serve, straight} from './probe-scene.ts';

describe('what a repository answers', () => {
  test.each([
    [200, pom(), true, 'HTTP 200'],
    [200, page, false, 'it answers with a web page instead of the pom, perhaps a login page (HTTP 200)'],
    [200, '', false, 'what it answers is not the pom of cdh-root 5.7.0 (HTTP 200)'],
    [200, pom('5.7.1'), false, 'what it answers is not the pom of cdh-root 5.7.0 (HTTP 200)'],
    [200, pom('5.7.0', 'other'), false, 'what it answers is not the pom of cdh-root 5.7.0 (HTTP 200)'],
    [200, pom().slice(0, 60), false, 'what it answers is not the pom of cdh-root 5.7.0 (HTTP 200)'],
    [404, '', false, 'it has no cdh-root 5.7.0 (HTTP 404)'],
    [403, page, false, 'it refuses (HTTP 403)'],
    [405, '', false, 'it does not serve files (HTTP 405)'],
    [503, '', false, 'it answers with an error of its own (HTTP 503)'],
  ])('%i %s', async (status, text, isAnswering, detail) => {
    const methods: unknown[] = [];
    const {url} = await serve((request, response) => {
      methods.push(request.method);
      response.writeHead(status).end(text);
    });
    expect(await probe(url)).toEqual({url: `${url}/cdh-root-5.7.0.pom`, isAnswering, isThere: true, detail});
    expect(methods).toEqual(['GET']);
  });

  test('that it wants a login is remembered too, for the remedy', async () => {
    const {url} = await serve((_, response) => response.writeHead(401).end(page));
    const wants = {isAnswering: false, isThere: true, detail: 'it wants a login (HTTP 401)', lacks: 'login'};
    expect(await probe(url)).toMatchObject(wants);
    expect(await probe(url, counting(new Error('asked again')).ask)).toMatchObject(wants);
  });

  test('HEAD refused with 405 does not matter', async () => {
    const {url} = await serve(({method}, response) =>
      method === 'HEAD' ? response.writeHead(405).end() : response.end(pom()),
    );
    expect(await probe(url)).toMatchObject({isAnswering: true});
  });

  test('more than any pom has is not read to its end', async () => {
    let isClosed: (() => void) | undefined;
    const closed = new Promise<void>((resolve) => (isClosed = resolve));
    const {url} = await serve((_, response) => {
      const write = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), write);
      };
      response.on('close', () => isClosed?.());
      write();
    });
    expect(await probe(url)).toMatchObject({isAnswering: false, isThere: true});
    await closed;
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i is followed, from https to http too', async (status) => {
    const there = await serve((_, response) => response.end(pom()));
    const {url} = await serve(
      (_, response) => response.writeHead(status, {location: `${there.url}/x`}).end(),
      true,
    );
    const ask = createAsk({proxyFor: () => undefined, ca: [scene.certificate]});
    expect(await probe(url, ask)).toMatchObject({isAnswering: true});
  });

  test('to a page to log in is a page to log in', async () => {
    const {url} = await serve((request, response) =>
      request.url === '/login' ? response.end(page) : response.writeHead(302, {location: '/login'}).end(),
    );
    expect((await probe(url)).detail).toContain('perhaps a login page');
  });

  test.each([
    ['/cdh-root-5.7.0.pom', /redirects in a circle/],
    ['again', /redirects in a circle/],
    ['ftp://elsewhere/', /not http/],
    ['http://[', /not http/],
  ])('to %s', async (location, detail) => {
    let count = 0;
    const {url} = await serve((_, response) =>
      response.writeHead(302, {location: location === 'again' ? `/${count++}` : location}).end(),
    );
    expect((await probe(url)).detail).toMatch(detail);
  });

  test('the login goes to who asked for it, and nowhere else', async () => {
    const seen: unknown[] = [];
    const there = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end(pom());
    });
    const {url} = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, {location: request.url === '/a' ? there.url : '/a'}).end();
    });
    const result = await probe(url.replace('http://', 'http://me:p%40ss@'));
    const login = `Basic ${btoa('me:p@ss')}`;
    expect(seen).toEqual([login, login, undefined]);
    expect(result).toMatchObject({isAnswering: true, url: `${url}/cdh-root-5.7.0.pom`});
  });
});

describe('no answer', () => {
  const detailOf = async (url: string, options?: Partial<ProbeOptions>): Promise<string> => {
    const result = await probe(url, straight, options);
    expect(result).toMatchObject({isAnswering: false, isThere: false});
    return result.detail;
  };

  test('nobody there', async () => {
    const {url, server} = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect(await detailOf(url)).toBe('the connection was refused (ECONNREFUSED)');
  });

  test('a name that does not exist', async () => {
    expect(await detailOf('http://no-such-host.invalid')).toMatch(
      /no-such-host\.invalid (is not known|could not)/,
    );
  });

  test('dropped', async () => {
    const {url} = await serve(({socket}) => socket.destroy());
    expect(await detailOf(url)).toBe('it dropped the connection (ECONNRESET)');
  });

  test('broken off in the middle', async () => {
    const {url} = await serve((_, response) => {
      response.writeHead(200, {'content-length': 5_000}).write(pom());
      setTimeout(() => response.destroy(), 20);
    });
    expect(await detailOf(url)).toBe('it dropped the connection (ECONNRESET)');
  });

  test('a certificate that nobody knows, and the one that --ca-cert names', async () => {
    const {url} = await serve((_, response) => response.end(pom()), true);
    expect(await detailOf(url)).toMatch(/certificate is not trusted here.*--ca-cert/);
    expect(await probe(url)).toMatchObject({lacks: 'certificate'});
    const ask = createAsk({proxyFor: () => undefined, ca: [scene.certificate]});
    expect(await probe(url, ask, {dependsOn: ['ca']})).toMatchObject({isAnswering: true});
  });

  test('no TLS, no HTTP', async () => {
    const {url} = await serve(() => undefined);
    expect(await detailOf(url.replace('http:', 'https:'))).toMatch(/TLS as it should/);
    const {url: other, server} = await serve(() => undefined);
    server.on('connection', (socket) => socket.end('220 mail.test ESMTP\r\n'));
    expect(await detailOf(other)).toMatch(/does not speak HTTP/);
  });

  test('an answer that drips takes no longer than one that does not come', async () => {
    const timers: NodeJS.Timeout[] = [];
    const {url} = await serve((_, response) => {
      timers.push(setInterval(() => response.write(' '), 20));
    });
    expect(await detailOf(url, {limitMs: 300})).toBe('no whole answer within 0.3 s');
    timers.forEach(clearInterval);
  });
});

describe('what is remembered', () => {
  const yes = {status: 200, text: pom()};
  const minuteMs = 60_000;

  test('an answer holds for ten minutes, for this address only; those of others stay', async () => {
    const {ask, asked} = counting(yes);
    await probe('https://a', ask, {nowMs: 1_000});
    await probe('https://b', ask, {nowMs: 1_000 + 9 * minuteMs});
    expect(await probe('https://a', ask, {nowMs: 1_000 + 9 * minuteMs})).toMatchObject({isAnswering: true});
    expect(asked).toHaveLength(2);
    await probe('https://a', ask, {nowMs: 1_000 + 11 * minuteMs});
    expect(asked).toHaveLength(3);
  });

  test('with another proxy, no_proxy or certificate it is another question', async () => {
    const {ask, asked} = counting(new Error('no'));
    const {ask: good} = counting(yes);
    await probe('https://a', good, {dependsOn: [{https: 'http://p:1'}, 'ca-1']});
    for (const dependsOn of [
      [{}, 'ca-1'],
      [{https: 'http://p:1', no: 'a'}, 'ca-1'],
      [{https: 'http://p:1'}, 'ca-2'],
    ])
      await expect(probe('https://a', ask, {dependsOn})).rejects.toThrow();
    expect(asked).toHaveLength(3);
    expect(await probe('https://a', ask, {dependsOn: [{https: 'http://p:1'}, 'ca-1']})).toMatchObject({
      isAnswering: true,
    });
  });

  test('a mistake of ours is thrown and never remembered', async () => {
    const {ask, asked} = counting(Object.assign(new TypeError('Invalid URL'), {code: 'ERR_INVALID_URL'}));
    await expect(probe('https://a', ask)).rejects.toThrow('Invalid URL');
    await expect(probe('https://a', ask)).rejects.toThrow('Invalid URL');
    expect(asked).toHaveLength(2);
  });

  test('an answer from the future, or a damaged file, is asked for again', async () => {
    const {ask, asked} = counting({status: 503, text: ''});
    await probe('https://a', ask, {nowMs: 5_000});
    await probe('https://a', ask, {nowMs: 4_000});
    await writeFile(join(scene.folder, 'cloudera.json'), 'not json');
    expect(await probe('https://a', ask, {nowMs: 4_500})).toMatchObject({isAnswering: false});
    expect(asked).toHaveLength(3);
  });

  test('no password is in the file, and a folder that cannot be written is done without', async () => {
    await probe('https://me:hunter2@a', counting(yes).ask, {dependsOn: [{http: 'http://u:hunter2@p:1'}]});
    expect(await readFile(join(scene.folder, 'cloudera.json'), 'utf8')).not.toContain('hunter2');
    await writeFile(join(scene.folder, 'file'), '');
    expect(await probe('https://a', counting(yes).ask, {folder: join(scene.folder, 'file')})).toMatchObject({
      isAnswering: true,
    });
  });
});
