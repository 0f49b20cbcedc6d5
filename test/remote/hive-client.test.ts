import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {connect, createServer, type AddressInfo, type Socket} from 'node:net';
import {join} from 'node:path';
import {createSecureContext, createServer as createTlsServer} from 'node:tls';
import {describe, expect, onTestFinished, test} from 'vitest';
import {InterruptedError} from '../../src/core/errors.ts';
import {HiveError, openHiveSession, type HiveTarget} from '../../src/remote/hive-client.ts';
import {realExec} from '../core/fixtures.ts';
import {makeFolder} from '../source/fixtures.ts';
import {findFreePort} from '../support/free-port.ts';
import {startBackend, type Backend, type BackendOptions} from '../support/ha.ts';

const plain = {type: 'plain', user: 'hive', password: 'x'} as const;
const limits = {timeoutMs: 20_000};

async function start(
  options: Partial<BackendOptions> = {},
): Promise<Backend & {readonly target: HiveTarget}> {
  const backend = await startBackend({
    name: 'one',
    host: '127.0.0.1',
    port: await findFreePort(),
    sasl: true,
    ...options,
  });
  onTestFinished(() => backend.stop());
  const login = backend.sasl === true ? plain : ({type: 'nosasl'} as const);
  return {...backend, target: {host: backend.host, port: backend.port, login}};
}

/** A server that takes connections and never says a word. */
async function startMute(): Promise<{readonly target: HiveTarget; readonly sockets: Socket[]}> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const {port} = server.address() as AddressInfo;
  return {target: {host: '127.0.0.1', port, login: plain}, sockets};
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof HiveError ? error.failure : error),
  );

describe('openHiveSession', () => {
  test.each([true, false])('queries a server (SASL: %s), and again in the same session', async (sasl) => {
    const {target} = await start({sasl});
    const session = await openHiveSession(target, limits);
    expect(await session.query('select 1')).toEqual([['one']]);
    expect(await session.query('select 2')).toEqual([['one']]);
    expect(session.localPort).toBeGreaterThan(0);
    await session.close();
  });

  test('a port where nobody listens', async () => {
    const port = await findFreePort();
    const target = {host: '127.0.0.1', port, login: plain};
    expect(await failureOf(openHiveSession(target, limits))).toBe('refused');
    expect(await failureOf(openHiveSession({...target, login: {type: 'nosasl'}}, limits))).toBe('refused');
  });

  test('a server that dies in the middle of a query, on which the driver alone would wait for ever', async () => {
    const backend = await start({slowMs: 600_000});
    const session = await openHiveSession(backend.target, limits);
    const answer = failureOf(session.query('select 1'));
    await backend.stop();
    expect(await answer).toBe('cut');
    expect(await failureOf(session.query('select 1'))).toBe('cut');
    await session.close();
  });

  test('a server that speaks another authentication, or none', async () => {
    const {target} = await start({sasl: false});
    expect(await failureOf(openHiveSession({...target, login: plain}, {timeoutMs: 500}))).toMatch(
      /cut|timeout|refusal/,
    );
    const other = await start({sasl: true});
    const bare = {...other.target, login: {type: 'nosasl'} as const};
    expect(await failureOf(openHiveSession(bare, {timeoutMs: 500}))).toMatch(/cut|timeout|refusal/);
  });

  test('a frozen server costs the time limit, no more', async () => {
    const {target} = await startMute();
    expect(await failureOf(openHiveSession(target, {timeoutMs: 100}))).toBe('timeout');
    expect(await failureOf(openHiveSession({...target, login: {type: 'nosasl'}}, {timeoutMs: 100}))).toBe(
      'timeout',
    );
  });

  test('a connection that is cut while it logs in', async () => {
    const {target, sockets} = await startMute();
    const answer = failureOf(openHiveSession(target, limits));
    while (sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    sockets[0]?.destroy();
    expect(await answer).toBe('cut');
  });

  test("the operator's signal ends a query with its own reason", async () => {
    const {target} = await start({slowMs: 600_000});
    const controller = new AbortController();
    const session = await openHiveSession(target, {...limits, signal: controller.signal});
    const answer = failureOf(session.query('select 1'));
    controller.abort(new InterruptedError('SIGINT'));
    expect(await answer).toBeInstanceOf(InterruptedError);
  });
});

describe('over TLS', () => {
  /** A server whose certificate is for this address and for `localhost`. */
  async function startTls(address: string) {
    const {target} = await start();
    const folder = await makeFolder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    await realExec([
      ...([
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=x',
      ] as const),
      ...['-addext', `subjectAltName=IP:${address},DNS:localhost`, '-keyout', key, '-out', certificate],
    ]);
    const [ca, secret] = [await readFile(certificate, 'utf8'), await readFile(key, 'utf8')];
    const names: string[] = [];
    const server = createTlsServer(
      {
        cert: ca,
        key: secret,
        SNICallback: (name, done) => {
          names.push(name);
          done(null, createSecureContext({cert: ca, key: secret}));
        },
      },
      (socket) => {
        const inner = connect(target.port, target.host);
        socket.pipe(inner).pipe(socket);
        for (const each of [socket, inner]) each.on('error', () => [socket.destroy(), inner.destroy()]);
      },
    ).listen(0, '127.0.0.1');
    server.on('tlsClientError', () => undefined);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const {port} = server.address() as AddressInfo;
    return {names, target: {...target, port, tls: {ca}}};
  }

  test('an address is not sent as the name of the server, and the certificate must be for it', async () => {
    const {names, target} = await startTls('127.0.0.1');
    const session = await openHiveSession(target, limits);
    expect(await session.query('select 1')).toEqual([['one']]);
    await session.close();
    expect(names).toEqual([]);
    const {target: other} = await startTls('127.0.0.9');
    await expect(openHiveSession(other, limits)).rejects.toThrow(/altnames/);
  }, 60_000);

  test('a name is sent', async () => {
    const {names, target} = await startTls('127.0.0.1');
    const session = await openHiveSession({...target, host: 'localhost'}, limits);
    await session.close();
    expect(names).toEqual(['localhost']);
  }, 60_000);
});
