// TLS with traffic: who shows which certificate, what is trusted, and real rows through it.
import {connect as connectPlain, createServer} from 'node:net';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {connect, createServer as createTlsServer} from 'node:tls';
import {describe, expect, onTestFinished, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {runCheck} from '../../src/impala-ha/run-check.ts';
import {planFrontends} from '../../src/impala-ha/frontends.ts';
import {openHiveSession} from '../../src/remote/hive-client.ts';
import {readServers} from '../../src/impala-ha/runtime-socket.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {realExec} from '../core/fixtures.ts';
import {exec, hasHaproxy} from './haproxy.ts';
import {makeScene, makeShortFolder, network, proxyAddress, type Scene} from './live.ts';

interface Authority {
  /** PEM file that clients and HAProxy trust. */
  readonly ca: string;
  /** A certificate for these addresses with chain and key, in one file. */
  issue(name: string, addresses: readonly string[]): Promise<string>;
}

async function makeAuthority(name: string): Promise<Authority> {
  const folder = await makeShortFolder();
  await exec(['chmod', '755', folder]); // HAProxy drops its rights.
  const [ca, caKey] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  const make = ['openssl', 'req', '-newkey', 'rsa:2048', '-nodes'] as const;
  await exec([...make, '-x509', '-days', '1', '-subj', `/CN=${name}`, '-keyout', caKey, '-out', ca]);
  return {
    ca,
    issue: async (owner, addresses) => {
      const [key, request, signed] = ['key', 'csr', 'crt'].map((end) => join(folder, `${owner}.${end}`)) as [
        string,
        string,
        string,
      ];
      await exec([...make, '-subj', `/CN=${owner}`, '-keyout', key, '-out', request]);
      const extensions = join(folder, 'san');
      await writeFile(extensions, `subjectAltName=${addresses.map((each) => `IP:${each}`).join(',')}\n`);
      await exec(
        ['openssl', 'x509', '-req', '-days', '1', '-in', request, '-CA', ca, '-CAkey', caKey].concat([
          ...['-CAcreateserial', '-extfile', extensions, '-out', signed],
        ]) as [string, ...string[]],
      );
      const bundle = join(folder, `${owner}.pem`);
      await writeFile(bundle, (await readFile(signed, 'utf8')) + (await readFile(key, 'utf8')));
      return bundle;
    },
  };
}

const daemons = [`${network}.21`, `${network}.22`];
const plainPort = 10014;
const backends = daemons.map((host, index) => ({name: `sts${index + 1}`, host, port: plainPort, sasl: true}));

/** Daemons that speak TLS on their port: the small ones of the other tests with TLS before them. */
async function addTls(bundle: string): Promise<void> {
  const pem = await readFile(bundle, 'utf8');
  for (const host of daemons) {
    const server = createTlsServer({cert: pem, key: pem}, (socket) => {
      const inner = connectPlain(plainPort, host);
      socket.pipe(inner).pipe(socket);
      for (const each of [socket, inner]) each.on('error', () => [socket.destroy(), inner.destroy()]);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((done) => server.listen(10015, host, done));
    onTestFinished(() => void server.close());
  }
}

/** The same ports without TLS. */
async function addPlain(): Promise<void> {
  for (const host of daemons) {
    const server = createServer((socket) => {
      const inner = connectPlain(plainPort, host);
      socket.pipe(inner).pipe(socket);
      for (const each of [socket, inner]) each.on('error', () => [socket.destroy(), inner.destroy()]);
    });
    await new Promise<void>((done) => server.listen(10015, host, done));
    onTestFinished(() => void server.close());
  }
}

const specText = (tls: string): string => `
proxy: {host: NETWORK.1, bind: [NETWORK.1], log: 127.0.0.1:514}
thriftserver:
  servers:
    - {name: sts1, host: NETWORK.21, port: 10015}
    - {name: sts2, host: NETWORK.22, port: 10015}
  frontends: {hue: false}
  tls: ${tls}
  checks: {interval: 300ms, timeout: 2s, fall: 2, rise: 1}
statistics: false
admin: {socket: FOLDER/admin.sock, group: root}
`;

async function start(tls: string): Promise<Scene> {
  const scene = await makeScene(specText(tls), backends);
  await scene.apply();
  return scene;
}

const login = {type: 'plain', user: 'hive', password: 'x'} as const;

async function query(ca: string | undefined): Promise<unknown> {
  const trust = ca === undefined ? {} : {tls: {ca: await readFile(ca, 'utf8')}};
  const target = {host: proxyAddress, port: 10015, login, ...trust};
  const session = await openHiveSession(target, {timeoutMs: 10_000});
  try {
    return await session.query('select 1');
  } finally {
    await session.close();
  }
}

/** Of the certificate that clients of the proxy see. */
async function readCommonName(): Promise<unknown> {
  const socket = connect({host: proxyAddress, port: 10015, rejectUnauthorized: false});
  await new Promise<void>((resolve, reject) => {
    socket.on('secureConnect', resolve);
    socket.on('error', reject);
  });
  const {subject} = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

/** Without HAProxy's sign that the next check is on its way. */
const statesOf = async (scene: Scene): Promise<readonly string[]> =>
  (await readServers(scene.socket)).map(({status, check}) => `${status} ${check.replace(/^\* /, '')}`);

describe.skipIf(!hasHaproxy)('TLS', () => {
  test('terminate: the proxy shows its certificate, and plain daemons answer', async () => {
    const [authority, stranger] = [await makeAuthority('ours'), await makeAuthority('theirs')];
    const bundle = await authority.issue('proxy', [proxyAddress]);
    await addPlain();
    const scene = await start(`{mode: terminate, certificate: ${bundle}}`);
    expect(await readCommonName()).toBe('proxy');
    expect([await query(authority.ca), await query(authority.ca)].flat(2).sort()).toEqual(['sts1', 'sts2']);
    await expect(query(stranger.ca)).rejects.toThrow(/certificate|self.signed|issuer/i);
    await expect(query(undefined)).rejects.toThrow();
    const checks = await runCheck({
      spec: scene.spec,
      frontends: planFrontends(scene.spec),
      socket: scene.socket,
      exec: realExec,
      credentials: {user: 'hive', ca: await readFile(authority.ca, 'utf8')},
      shell: undefined,
      queries: 4,
      sql: 'select 1',
      timeoutMs: 10_000,
      clock: systemClock,
      signal: new AbortController().signal,
    });
    expect(checks).toMatchObject([{status: 'ok', spread: 'even'}]);
  }, 60_000);

  test('terminate with backends: tls: both halves are encrypted, and a strange daemon is not taken', async () => {
    const [authority, stranger] = [await makeAuthority('ours'), await makeAuthority('theirs')];
    const bundle = await authority.issue('proxy', [proxyAddress]);
    await addTls(await authority.issue('daemon', daemons));
    const tls = (ca: string): string => `{mode: terminate, certificate: ${bundle}, backends: tls, ca: ${ca}}`;
    const scene = await start(tls(authority.ca));
    expect(await statesOf(scene)).toEqual(['UP L7OK', 'UP L7OK']);
    expect(await readCommonName()).toBe('proxy');
    expect(await query(authority.ca)).toEqual([[expect.stringMatching(/^sts[12]$/)]]);
    const wrong = parseSpec(scene.specText.replace(authority.ca, stranger.ca), 'ha.yaml');
    await expect(scene.apply({spec: wrong})).rejects.toThrow(
      /no server of be_thriftserver is up[\s\S]*L6RSP/,
    );
    expect(await query(authority.ca)).toEqual([[expect.stringMatching(/^sts[12]$/)]]);
  }, 60_000);

  test("passthrough: clients see the daemon's certificate, and health checks look inside", async () => {
    const authority = await makeAuthority('ours');
    await addTls(await authority.issue('daemon', [...daemons, proxyAddress]));
    const scene = await start(`{mode: passthrough, ca: ${authority.ca}}`);
    expect(await statesOf(scene)).toEqual(['UP L7OK', 'UP L7OK']);
    expect(await readCommonName()).toBe('daemon');
    expect([await query(authority.ca), await query(authority.ca)].flat(2).sort()).toEqual(['sts1', 'sts2']);
    // Its kernel still accepts, and TLS is not even begun.
    scene.backends[0]?.kill('SIGSTOP');
    await expect
      .poll(() => statesOf(scene), {timeout: 20_000})
      .toContainEqual(expect.stringMatching(/^DOWN /));
    expect(await query(authority.ca)).toEqual([['sts2']]);
  }, 60_000);
});
