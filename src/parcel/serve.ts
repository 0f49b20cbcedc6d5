// Shows the files of one folder over http, for trying a parcel: reads alone, one level, nothing hidden. Not a server to keep.
import {createReadStream} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {describeError, hasErrorCode, HostError, UsageError} from '../core/errors.ts';
import {repositoryName} from './repository.ts';

export interface Served {
  readonly host: string;
  readonly port: number;
  /** Resolves when nobody is served any more. */
  readonly close: () => Promise<void>;
}

/** @param folder Absolute. @param port 0 for a free one. @param onRequest For each answer: `GET /manifest.json 200`. */
export async function serveFolder(
  folder: string,
  {host, port}: {readonly host: string; readonly port: number},
  onRequest: (line: string) => void,
): Promise<Served> {
  await assertRepository(folder);
  const server = createServer((request, response) => {
    answer(folder, request, response)
      .catch(() => void response.destroy())
      .finally(() =>
        onRequest(`${request.method ?? ''} ${JSON.stringify(request.url ?? '')} ${response.statusCode}`),
      );
  });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function assertRepository(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    const reason = hasErrorCode(error, 'ENOENT')
      ? 'is not there'
      : hasErrorCode(error, 'ENOTDIR')
        ? 'is a file, not a folder'
        : `cannot be read: ${describeError(error)}`;
    throw new UsageError(
      `${folder} ${reason}.`,
      'Name the folder of the parcels: build-spark parcel serve <folder>',
    );
  });
  if (!names.includes(repositoryName))
    throw new UsageError(
      `${folder} holds no ${repositoryName}: it is not a repository of parcels.`,
      `Make one there: build-spark parcel <dist> --output ${folder}`,
    );
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new HostError(
          `Cannot listen on ${host.includes(':') ? `[${host}]` : host}:${port}: ${explainRefusal(error)}.`,
          'Give another: --port <n>, or --bind-host <an address of this host>',
          {cause: error},
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function explainRefusal(error: unknown): string {
  if (hasErrorCode(error, 'EADDRINUSE')) return 'another program listens there';
  if (hasErrorCode(error, 'EADDRNOTAVAIL')) return 'this host does not have that address';
  if (hasErrorCode(error, 'ENOTFOUND', 'EAI_AGAIN')) return 'the name of that host is not known';
  return hasErrorCode(error, 'EACCES') ? 'this user may not' : describeError(error);
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {method = 'GET'} = request;
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    end(response, 405, 'Only GET and HEAD.\n');
    return;
  }
  const name = readName(request.url ?? '/');
  if (name === '') {
    end(response, 200, `${(await listNames(folder)).join('\n')}\n`, method);
    return;
  }
  const names = await listNames(folder);
  // Looked up in a list of names: no path that somebody sends is ever opened.
  if (name === undefined || !names.includes(name)) {
    end(response, 404, 'Not found.\n', method);
    return;
  }
  const path = join(folder, name);
  const {size, mtime} = await stat(path);
  response.writeHead(200, {
    'Content-Type': name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
    'Content-Length': size,
    'Last-Modified': mtime.toUTCString(),
  });
  if (method === 'HEAD' || size === 0) response.end();
  else await pipeline(createReadStream(path, {end: size - 1}), response);
}

/** @returns undefined for what is no name of a file. */
function readName(url: string): string | undefined {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, '').replace(/^\//, ''));
  } catch {
    return undefined;
  }
}

/** Regular files, none hidden. */
async function listNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {withFileTypes: true});
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({name}) => name)
    .sort();
}

function end(response: ServerResponse, status: number, text: string, method = 'GET'): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(method === 'HEAD' ? undefined : text);
}
