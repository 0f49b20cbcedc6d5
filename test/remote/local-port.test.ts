import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {PassThrough, type Duplex} from 'node:stream';
import {expect, onTestFinished, test} from 'vitest';
import {openLocalPort} from '../../src/remote/local-port.ts';

async function dial(
  open: () => Promise<Duplex>,
  limitBytes = 1_000,
): Promise<{readonly socket: Socket; readonly said: readonly string[]}> {
  const local = await openLocalPort(open, limitBytes);
  onTestFinished(() => local.close());
  const said: string[] = [];
  const socket = connect(local.port, '127.0.0.1').setEncoding('utf8');
  socket.on('data', (text: string) => said.push(text)).on('error', () => undefined);
  await once(socket, 'connect');
  return {socket, said};
}

test('what is said there goes to the stream, and what the stream says comes back', async () => {
  const {socket, said} = await dial(() => Promise.resolve(new PassThrough()));
  socket.write('hello');
  await expect.poll(() => said.join('')).toBe('hello');
  socket.end();
  await once(socket, 'close');
});

test('a stream that says more than it may is cut', async () => {
  const stream = new PassThrough();
  const {socket} = await dial(() => Promise.resolve(stream));
  socket.write('x'.repeat(2_000));
  await once(socket, 'close');
  expect(stream.destroyed).toBe(true);
});

test('where there is no stream the connection is cut', async () => {
  const {socket} = await dial(() => Promise.reject(new Error('nobody listens')));
  await once(socket, 'close');
});

test('closing it ends connections and their streams', async () => {
  const stream = new PassThrough();
  const local = await openLocalPort(() => Promise.resolve(stream), 1_000);
  const socket = connect(local.port, '127.0.0.1').on('error', () => undefined);
  socket.write('hello');
  await once(socket, 'data');
  local.close();
  await once(socket, 'close');
  expect(stream.destroyed).toBe(true);
});
