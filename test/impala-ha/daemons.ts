// Small daemons that say just enough for a health check, with and without TLS: as they work, gone, or frozen, whose kernel
// still accepts. Clients' ports of Impala say nothing at all until they are spoken to, as real ones do.
import {createServer, type Server, type Socket} from 'node:net';
import {readFile} from 'node:fs/promises';
import {createSecureContext, TLSSocket, type SecureContext} from 'node:tls';
import {onTestFinished} from 'vitest';

export type Answer = (asked: Buffer, socket: Socket) => void;

export const http =
  (status: string): Answer =>
  (_asked, socket) =>
    void socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
/** As its kernel does for a stopped process: connections are accepted, and nothing is ever said. */
export const silent: Answer = () => undefined;
/** As Thrift's TSaslServerTransport: status bad, and why. */
export const sasl: Answer = (asked, socket) => {
  if (asked.subarray(0, 5).equals(Buffer.from([1, 0, 0, 0, 6])))
    socket.end(Buffer.concat([Buffer.from([3, 0, 0, 0, 2]), Buffer.from('no')]));
};
/** As Thrift's TBaseProcessor: an exception for a method that it does not know. */
export const thrift: Answer = (asked, socket) => {
  if (asked.readUInt32BE(0) === 0x8001_0001 && asked.length === 19)
    socket.write(Buffer.concat([Buffer.from([0x80, 1, 0, 3]), asked.subarray(4, 18), Buffer.from([0])]));
};

export interface Daemon {
  readonly port: number;
  /** Accepts from now on and says nothing, not even TLS's hello. */
  freeze(): void;
  stop(): void;
}

/** @param pem Certificate and key: then it speaks TLS. @param port 0: any. */
export async function startDaemon(host: string, port: number, answer: Answer, pem?: string): Promise<Daemon> {
  const sockets = new Set<Socket>();
  const secret: SecureContext | undefined =
    pem === undefined ? undefined : createSecureContext(await readPem(pem));
  let isFrozen = false;
  const server: Server = createServer({allowHalfOpen: true}, (raw) => {
    sockets.add(raw);
    raw.on('close', () => sockets.delete(raw));
    raw.on('error', () => raw.destroy());
    if (isFrozen) return;
    const socket = secret === undefined ? raw : new TLSSocket(raw, {isServer: true, secureContext: secret});
    socket.on('error', () => raw.destroy());
    socket.on('data', (asked: Buffer) => answer(asked, socket));
    // It stays silent when the other side ends, too: a daemon that closes at once would hide a check that waits for it.
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(stop);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    freeze: () => {
      isFrozen = true;
    },
    stop,
  };
}

async function readPem(file: string): Promise<{readonly cert: string; readonly key: string}> {
  const text = await readFile(file, 'utf8');
  return {cert: text, key: text};
}
