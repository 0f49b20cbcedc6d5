// Serves a live page to browsers of this host: on loopback, read-only, at an address that nobody can guess, by server-sent
// events. Knows nothing of what is on the page.
import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {hasErrorCode, HostError} from '../core/errors.ts';

export interface LiveServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly renderPage: () => Promise<string>;
  /** Said to a browser as soon as it listens: all of the page, since it may have been away. */
  readonly renderAll: () => Promise<string>;
  readonly policy: string;
}

export interface LiveServer {
  readonly url: string;
  /** An address that leads there, once. */
  readonly makeTicket: () => string;
  /** To all that listen. @param data One line. */
  readonly send: (data: string) => void;
  readonly listeners: () => number;
  readonly close: () => Promise<void>;
}

const address = '127.0.0.1';
/** A browser that is so far behind comes back sooner by connecting anew. */
const mostPendingBytes = 32 * 1024 ** 2;
const beatMs = 15_000;

/** @throws HostError when the port is taken. */
export async function startLiveServer(options: LiveServerOptions): Promise<LiveServer> {
  const {renderPage, renderAll, policy} = options;
  const token = randomBytes(16).toString('base64url');
  const open = new Set<ServerResponse>();
  const tickets = new Set<string>();
  const headers = {
    'content-security-policy': `${policy}; frame-ancestors 'none'`,
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  const refuse = (response: ServerResponse, status: number, words: string): void => {
    response.writeHead(status, {...headers, 'content-type': 'text/plain; charset=utf-8'}).end(`${words}\n`);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isOurs(request.headers.host)) {
      // A page of another origin whose name was made to point at this host would send its own name.
      refuse(response, 403, 'This page is served to 127.0.0.1 and localhost alone.');
      return;
    }
    const [, ticket] = /^\/once\/([^/?]+)$/.exec(request.url ?? '') ?? [];
    if (ticket !== undefined && tickets.delete(ticket)) {
      response.writeHead(303, {...headers, location: `/${token}/`}).end();
      return;
    }
    const [, given = '', rest] = /^\/([^/?]*)\/([^?]*)$/.exec(request.url ?? '') ?? [];
    if (rest === undefined || !isSame(given, token)) {
      refuse(response, 404, 'There is nothing here. The whole address is in the terminal.');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, 'This page can only be read.');
      return;
    }
    if (rest === '') {
      const text = await renderPage();
      response.writeHead(200, {...headers, 'content-type': 'text/html; charset=utf-8'});
      response.end(request.method === 'HEAD' ? undefined : text);
    } else if (rest === 'events') {
      response.writeHead(200, {...headers, 'content-type': 'text/event-stream; charset=utf-8'});
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      // Before anything is waited for: it may leave, and the page may change, meanwhile.
      response.once('close', () => open.delete(response));
      open.add(response);
      response.write(`retry: 2000\n\n`);
      const all = await renderAll();
      if (!response.closed) response.write(renderEvent(all));
    } else refuse(response, 404, 'There is nothing here.');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const isTaken = hasErrorCode(error, 'EADDRINUSE', 'EACCES');
      reject(
        isTaken
          ? new HostError(
              `Port ${options.port} of ${address} cannot be used: ${error.message}.`,
              'Leave --port out: then one that is free is taken.',
            )
          : error,
      );
    });
    server.listen(options.port, address, resolve);
  });
  const {port} = server.address() as AddressInfo;
  const write = (response: ServerResponse, text: string): void => {
    if (response.writableLength > mostPendingBytes) response.destroy();
    else response.write(text);
  };
  const beat = setInterval(() => open.forEach((response) => write(response, ': still here\n\n')), beatMs);
  return {
    url: `http://${address}:${port}/${token}/`,
    makeTicket: () => {
      const ticket = randomBytes(16).toString('base64url');
      tickets.add(ticket);
      return `http://${address}:${port}/once/${ticket}`;
    },
    send: (data) => open.forEach((response) => write(response, renderEvent(data))),
    listeners: () => open.size,
    close: () => {
      clearInterval(beat);
      for (const response of open) response.end();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function renderEvent(data: string): string {
  return `event: parts\ndata: ${data}\n\n`;
}

/** Whatever the port: the operator may have it from another host by ssh. */
function isOurs(host: string | undefined): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host);
}

/** Takes as long for any two texts. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
