// A port of this host whose connections go on over streams of somebody's: for libraries that open their own sockets.
import {once} from 'node:events';
import {createServer, type AddressInfo} from 'node:net';
import type {Duplex} from 'node:stream';

export interface LocalPort {
  readonly port: number;
  /** Ends the connections too. */
  close(): void;
}

/** On 127.0.0.1 alone. @param open Called for each connection; where it fails, that connection is cut. */
export async function openLocalPort(open: () => Promise<Duplex>): Promise<LocalPort> {
  const ends = new Set<Duplex>();
  const keep = (end: Duplex, other: () => void): void => {
    ends.add(end);
    end.on('error', other);
    end.once('close', () => {
      ends.delete(end);
      other();
    });
  };
  const server = createServer((socket) => {
    keep(socket, () => undefined);
    open().then(
      (stream) => {
        keep(stream, () => socket.destroy());
        socket.once('close', () => stream.destroy());
        if (socket.destroyed) stream.destroy();
        else socket.pipe(stream).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const end of ends) end.destroy();
    },
  };
}
