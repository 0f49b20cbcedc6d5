// The probe, against servers of our own on this host.
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer, type RequestListener, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createAsk, type Ask} from '../../src/dependencies/ask.ts';
import {probeRepository} from '../../src/dependencies/probe.ts';

let folder = '';
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, {recursive: true, force: true});
});

async function serve(listener: RequestListener): Promise<{readonly url: string; readonly server: Server}> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server};
}

function counting(answer: number | Error): {readonly ask: Ask; readonly asked: string[]} {
  const asked: string[] = [];
  const ask: Ask = (url) => {
    asked.push(url);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return {ask, asked};
}

const straight = createAsk(() => undefined);

test.each([
  [200, true, 'HTTP 200'],
  [404, false, 'HTTP 404, it has no such parent pom'],
  [401, false, 'HTTP 401, it wants a login'],
  [503, false, 'HTTP 503'],
])('a repository that answers %i', async (status, isAnswering, detail) => {
  const {url} = await serve((_, response) => response.writeHead(status).end());
  expect(await probeRepository(`${url}/a.pom`, folder, straight, 0)).toEqual({
    url: `${url}/a.pom`,
    isAnswering,
    detail,
  });
});

test('nobody there is a no with the reason', async () => {
  const {url, server} = await serve(() => undefined);
  server.close();
  const result = await probeRepository(`${url}/a.pom`, folder, straight, 0);
  expect(result.isAnswering).toBe(false);
  expect(result.detail).toMatch(/ECONNREFUSED/);
});

test('the answer holds for ten minutes, for this address only', async () => {
  const {ask, asked} = counting(200);
  const minuteMs = 60_000;
  await probeRepository('https://a/', folder, ask, 1_000);
  await probeRepository('https://a/', folder, ask, 1_000 + 9 * minuteMs);
  expect(asked).toHaveLength(1);
  await probeRepository('https://b/', folder, ask, 1_000 + 9 * minuteMs);
  expect(asked).toEqual(['https://a/', 'https://b/']);
  await probeRepository('https://b/', folder, ask, 1_000 + 19 * minuteMs);
  expect(asked).toHaveLength(3);
});

test('an answer from the future, or a damaged file, is asked for again', async () => {
  const {ask, asked} = counting(new Error('down'));
  await probeRepository('https://a/', folder, ask, 5_000);
  await probeRepository('https://a/', folder, ask, 4_000);
  await writeFile(join(folder, 'cloudera.json'), 'not json');
  expect(await probeRepository('https://a/', folder, ask, 4_500)).toMatchObject({
    isAnswering: false,
    detail: 'down',
  });
  expect(asked).toHaveLength(3);
});

test('a folder that cannot be written is done without', async () => {
  await writeFile(join(folder, 'file'), '');
  expect(await probeRepository('https://a/', join(folder, 'file'), counting(200).ask, 0)).toMatchObject({
    isAnswering: true,
  });
});

test('http goes through a proxy with its whole address and the login', async () => {
  const seen: unknown[] = [];
  const {url} = await serve((request, response) => {
    seen.push(request.method, request.url, request.headers.host, request.headers['proxy-authorization']);
    response.writeHead(200).end();
  });
  const ask = createAsk(() => url.replace('http://', 'http://me:pass@'));
  expect(await ask('http://repo.example/a.pom', AbortSignal.timeout(5_000))).toBe(200);
  expect(seen).toEqual(['HEAD', 'http://repo.example/a.pom', 'repo.example', `Basic ${btoa('me:pass')}`]);
});

test('https asks the proxy for a tunnel; a refusal names the proxy and its answer', async () => {
  const targets: (string | undefined)[] = [];
  const {url, server} = await serve(() => undefined);
  server.on('connect', (request, socket) => {
    targets.push(request.url);
    socket.end('HTTP/1.1 407 Login\r\n\r\n');
  });
  const ask = createAsk(() => url);
  await expect(ask('https://repo.example/a.pom', AbortSignal.timeout(5_000))).rejects.toThrow(
    /proxy .* answers HTTP 407/,
  );
  expect(targets).toEqual(['repo.example:443']);
});
