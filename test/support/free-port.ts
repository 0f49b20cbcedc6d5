// A port that a test may use a little later: below those that the system hands to connections, which come and go meanwhile.
import {once} from 'node:events';
import {createServer} from 'node:net';

/** On 127.0.0.1. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 24_000 + Math.floor(Math.random() * 8_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
