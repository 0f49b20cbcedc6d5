// A port of this host whose connections go on over streams of somebody's: for libraries that open their own sockets.
import {once} from 'node:events';
import {createServer, type AddressInfo} from 'node:net';
import type {Duplex} from 'node:stream';
import {pipeline} from 'node:stream/promises';

export interface LocalPort {
  readonly port: number;
  /** Ends the connections too. */
  close(): void;
}

/**
 * On 127.0.0.1 alone.
 * @param open Called for each connection; where it fails, that connection is cut.
 * @param limitBytes Of what one stream may say; the connection is cut then.
 */
export async function openLocalPort(open: () => Promise<Duplex>, limitBytes: number): Promise<LocalPort> {
  const end = new AbortController();
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // Whoever connected sees it too.
    const forward = async (): Promise<void> => {
      const stream = await open();
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limitBytes) stream.destroy();
      });
      await pipeline(socket, stream, socket, {signal: end.signal});
    };
    forward().catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      end.abort();
    },
  };
}
