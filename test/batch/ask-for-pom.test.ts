// The probe with the proxies and certificates of a command: no_proxy counts, and what it depends on is what it is remembered by.
import {appendFile, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer, type RequestListener, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {askForPom} from '../../src/batch/ask-for-pom.ts';
import {systemClock} from '../../src/core/clock.ts';
import {planPaths} from '../../src/core/paths.ts';
import {readProxies} from '../../src/core/proxies.ts';

let folder = '';
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, {recursive: true});
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const pom = '<project><artifactId>cdh-root</artifactId><version>5.7.0</version></project>';

test('no_proxy is heeded; without it the proxy is asked, and that answer is another one', async () => {
  const seen: string[] = [];
  const mirror = await serve((_, response) => {
    seen.push('mirror');
    response.end(pom);
  });
  const proxy = await serve((_, response) => {
    seen.push('proxy');
    response.writeHead(503).end();
  });
  const paths = planPaths({XDG_CACHE_HOME: folder}, folder);
  const ask = (env: Record<string, string>) =>
    askForPom(
      {paths, clock: systemClock, env},
      {url: `http://${mirror}/x.pom`, artifactId: 'cdh-root', version: '5.7.0'},
      {proxies: readProxies(env), caCertificates: []},
    );
  expect(await ask({http_proxy: proxy, no_proxy: '127.0.0.0/8'})).toMatchObject({isAnswering: true});
  expect(await ask({http_proxy: proxy})).toMatchObject({isAnswering: false, isThere: true});
  expect(await ask({http_proxy: proxy, no_proxy: '127.0.0.0/8'})).toMatchObject({isAnswering: true});
  expect(seen).toEqual(['mirror', 'proxy']);
});

test('a certificate that was added, or has another content, is asked with again', async () => {
  let count = 0;
  const mirror = await serve((_, response) => {
    count++;
    response.writeHead(404).end();
  });
  const ca = join(folder, 'ca.pem');
  const paths = planPaths({XDG_CACHE_HOME: folder}, folder);
  const ask = (caCertificates: readonly string[], env = {}) =>
    askForPom(
      {paths, clock: systemClock, env},
      {url: `http://${mirror}/x.pom`, artifactId: 'cdh-root', version: '5.7.0'},
      {proxies: {}, caCertificates},
    );
  await writeFile(ca, 'one');
  await ask([]);
  await ask([ca]);
  await ask([ca]);
  expect(count).toBe(2);
  await appendFile(ca, 'two');
  await ask([ca]);
  expect(count).toBe(3);
  await writeFile(`${ca}2`, 'three');
  await ask([ca], {SSL_CERT_FILE: `${ca}2`});
  expect(count).toBe(4);
});
