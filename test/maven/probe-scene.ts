// Servers of our own on this host for the probe, with a certificate of their own, and a folder for what it remembers.
import {execFileSync} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer, type RequestListener, type Server} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeAll, beforeEach} from 'vitest';
import type {Ask} from '../../src/core/answer.ts';
import {createAsk} from '../../src/core/http-ask.ts';
import type {ProbeQuestion, ProbeResult} from '../../src/maven/dependency-choice.ts';
import {probeRepository, type ProbeOptions} from '../../src/maven/repository-probe.ts';

/** Filled before each test. */
export const scene = {folder: '', certificate: ''};
let key = '';
const servers: Server[] = [];
beforeAll(async () => {
  const place = await mkdtemp(join(tmpdir(), 'probe-tls-'));
  const files = ['-keyout', join(place, 'key'), '-out', join(place, 'crt')];
  const names = ['-subj', '/CN=repo.test', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...names, ...files],
    {
      stdio: 'ignore',
    },
  );
  key = await readFile(join(place, 'key'), 'utf8');
  scene.certificate = await readFile(join(place, 'crt'), 'utf8');
  await rm(place, {recursive: true});
});
beforeEach(async () => {
  scene.folder = await mkdtemp(join(tmpdir(), 'probe-'));
});
const closeServers = (): void => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
};
afterEach(async () => {
  closeServers();
  await rm(scene.folder, {recursive: true, force: true});
});

export async function serve(
  listener: RequestListener,
  isTls = false,
): Promise<{readonly url: string; readonly server: Server}> {
  const server = isTls ? createTlsServer({key, cert: scene.certificate}, listener) : createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {url: `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`, server};
}

export const pom = (version = '5.7.0', artifactId = 'cdh-root'): string =>
  `<?xml version="1.0"?>\n<project><groupId>com.cloudera.cdh</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></project>\n`;
export const page = '<!DOCTYPE html><html><body><form>Sign in</form></body></html>';

export function counting(answer: {status: number; text: string} | Error): {
  readonly ask: Ask;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const ask: Ask = (url) => {
    asked.push(url);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return {ask, asked};
}

export const straight = createAsk({proxyFor: () => undefined});
const question = (url: string): ProbeQuestion => ({
  url: `${url}/cdh-root-5.7.0.pom`,
  artifactId: 'cdh-root',
  version: '5.7.0',
});

export function probe(
  url: string,
  ask: Ask = straight,
  options: Partial<ProbeOptions> = {},
): Promise<ProbeResult> {
  return probeRepository(question(url), ask, {
    folder: scene.folder,
    nowMs: 0,
    dependsOn: [],
    limitMs: 30_000,
    ...options,
  });
}
