// The server of a live page, as a browser and as somebody else meet it.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {startLiveServer, type LiveServer} from '../../src/report/live-server.ts';

let server: LiveServer;
let release: (text: string) => void;
beforeEach(async () => {
  const all = new Promise<string>((resolve) => (release = resolve));
  server = await startLiveServer({
    ...{port: 0, policy: "default-src 'none'"},
    renderPage: () => Promise.resolve('<p>page</p>'),
    renderAll: () => all,
  });
});
afterEach(() => server.close());

const ask = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, {redirect: 'manual', ...init});

test('the address that a program is started with works once', async () => {
  const ticket = server.makeTicket();
  expect(ticket).not.toContain(new URL(server.url).pathname.slice(1, -1));
  const first = await ask(ticket);
  expect(first.status).toBe(303);
  expect(new URL(first.headers.get('location') ?? '', ticket).href).toBe(server.url);
  expect((await ask(ticket)).status).toBe(404);
});

test('a name that somebody else made to lead here is refused', async () => {
  const {request} = await import('node:http');
  const status = await new Promise<number | undefined>((resolve) => {
    request(server.url, {headers: {host: 'evil.example'}}, ({statusCode}) => resolve(statusCode)).end();
  });
  expect(status).toBe(403);
});

test('a browser that leaves while the page is made for it is not kept', async () => {
  const leaving = new AbortController();
  const response = await ask(`${server.url}events`, {signal: leaving.signal});
  expect(response.status).toBe(200);
  await expect.poll(() => server.listeners()).toBe(1);
  leaving.abort();
  await response.text().catch(() => undefined);
  await expect.poll(() => server.listeners()).toBe(0);
  release('{}');
});

test('who only asks for the head of the events is answered', async () => {
  expect((await ask(`${server.url}events`, {method: 'HEAD'})).status).toBe(200);
  expect(server.listeners()).toBe(0);
});
