// The probe through a proxy.
import {connect} from 'node:net';
import {describe, expect, test} from 'vitest';
import {createAsk} from '../../src/core/http-ask.ts';
import {pom, probe, scene, serve} from './probe-scene.ts';

describe('through a proxy', () => {
  test('http goes with its whole address and the proxy’s login', async () => {
    const seen: unknown[] = [];
    const {url} = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers.host, request.headers['proxy-authorization']);
      response.end(pom());
    });
    const ask = createAsk({proxyFor: () => url.replace('http://', 'http://me:p%40ss@')});
    expect(await probe('http://repo.example', ask)).toMatchObject({isAnswering: true});
    expect(seen).toEqual([
      ...['GET', 'http://repo.example/cdh-root-5.7.0.pom', 'repo.example', `Basic ${btoa('me:p@ss')}`],
    ]);
  });

  test('https goes through a tunnel, and its certificate is still looked at', async () => {
    const there = await serve((_, response) => response.end(pom()), true);
    const targets: (string | undefined)[] = [];
    const {url, server} = await serve(() => undefined);
    server.on('connect', (request, socket) => {
      targets.push(request.url);
      const onward = connect(Number(new URL(there.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    const ask = createAsk({proxyFor: () => url, ca: [scene.certificate]});
    expect(await probe(there.url, ask)).toMatchObject({isAnswering: true});
    expect(targets).toEqual([there.url.replace('https://', '')]);
    expect(await probe(there.url, createAsk({proxyFor: () => url}), {dependsOn: [1]})).toMatchObject({
      detail: expect.stringContaining('not trusted') as string,
    });
  });

  test.each([
    [407, 'wants a login before it fetches repo.example (HTTP 407)'],
    [403, 'refused to fetch repo.example (HTTP 403)'],
    [502, 'refused to fetch repo.example (HTTP 502)'],
  ])('a tunnel refused with %i names the proxy', async (status, detail) => {
    const {url, server} = await serve(() => undefined);
    server.on('connect', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
    const result = await probe('https://repo.example', createAsk({proxyFor: () => url}));
    expect(result).toMatchObject({
      isAnswering: false,
      isThere: false,
      detail: `the proxy ${new URL(url).host} ${detail}`,
    });
    expect(result.lacks).toBe(status === 407 ? 'proxy-login' : undefined);
  });

  test('407 for plain http too; a proxy that is not there is named', async () => {
    const {url, server} = await serve((_, response) => response.writeHead(407).end());
    const ask = createAsk({proxyFor: () => url});
    expect((await probe('http://repo.example', ask)).detail).toContain(
      'wants a login before it fetches repo.example',
    );
    await new Promise((resolve) => server.close(resolve));
    for (const scheme of ['http', 'https'])
      expect((await probe(`${scheme}://repo.example`, ask, {dependsOn: [scheme]})).detail).toMatch(
        /^the proxy 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)$/,
      );
  });
});
