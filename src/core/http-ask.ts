// Fetches one small text over http as Maven would: through a proxy where there is one, after redirects. Knows no
// repository; decides and remembers nothing.
import {request as httpRequest, type IncomingMessage, type RequestOptions} from 'node:http';
import {request as httpsRequest} from 'node:https';
import type {Socket} from 'node:net';
import {connect, type TLSSocket} from 'node:tls';
import {AskError, type Ask} from './answer.ts';
import {asError} from './errors.ts';
import {readLogin} from './proxies.ts';
import {planTlsName} from './tls-name.ts';

export interface AskOptions {
  /** The proxy's URL for a URL, or undefined to go straight there. */
  readonly proxyFor: (url: URL) => string | undefined;
  /** PEM of all authorities that are trusted; absent: Node's own. */
  readonly ca?: readonly string[] | undefined;
}

/** As Maven's transport has it, which follows from https to http too. */
const maxRedirects = 50;
/** Parent poms have a hundred kilobytes. */
const limitBytes = 4 * 1024 ** 2;

export function createAsk(options: AskOptions): Ask {
  return async (text, signal) => {
    const seen = new Set<string>();
    let url = new URL(text);
    let login: string | undefined = renderLogin(url);
    for (;;) {
      seen.add(withoutLogin(url));
      const response = await send(url, login, options, signal);
      const next = findNext(response, url);
      if (next === undefined) return {status: response.statusCode ?? 0, text: await readText(response)};
      response.destroy();
      if (seen.has(withoutLogin(next)) || seen.size > maxRedirects)
        throw new AskError(`it redirects in a circle (HTTP ${response.statusCode ?? 0} to ${next.host})`);
      // Only whoever asked for it gets the password.
      if (next.origin !== url.origin) login = renderLogin(next);
      url = next;
    }
  };
}

function findNext({statusCode = 0, headers}: IncomingMessage, from: URL): URL | undefined {
  const {location} = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined;
  const next = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (next === undefined || !/^https?:$/.test(next.protocol))
    throw new AskError(`it redirects to something that is not http (HTTP ${statusCode})`);
  return next;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitBytes) break; // Which destroys the response.
  }
  return Buffer.concat(chunks).toString('utf8');
}

function withoutLogin(url: URL): string {
  return `${url.origin}${url.pathname}${url.search}`;
}

function renderLogin(url: URL): string | undefined {
  const {username, password} = readLogin(url);
  return username === '' ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function send(
  url: URL,
  login: string | undefined,
  {proxyFor, ca}: AskOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const text = proxyFor(url);
  const headers = {
    'user-agent': 'build-spark',
    accept: '*/*',
    ...(login === undefined ? {} : {authorization: login}),
  };
  const common = {
    ...{signal, agent: false, headers},
    ...(ca === undefined ? {} : {ca: [...ca]}),
  };
  if (text === undefined) return requestOf(url, common);
  const proxy = new URL(text);
  if (url.protocol === 'https:') {
    const socket = await openTunnel(url, proxy, signal);
    const secure = await speakTls(socket, url, ca, signal);
    return requestOf(url, {...common, createConnection: () => secure});
  }
  const own = renderLogin(proxy);
  const answer = await requestOf(proxy, {
    ...common,
    path: withoutLogin(url),
    headers: {...headers, host: url.host, ...(own === undefined ? {} : {'proxy-authorization': own})},
  }).catch((error: unknown) => {
    throw explainOfProxy(asError(error), proxy);
  });
  if (answer.statusCode === 407) throw refusal(url, proxy, answer.destroy().statusCode ?? 0);
  return answer;
}

function speakTls(socket: Socket, url: URL, ca: AskOptions['ca'], signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      ...planTlsName(url.hostname),
      ...(ca === undefined ? {} : {ca: [...ca]}),
    });
    // It stays: what comes later is told to the request as well.
    secure.on('error', reject);
    secure.once('secureConnect', () => resolve(secure));
    signal.addEventListener('abort', () => secure.destroy(signal.reason as Error), {once: true});
  });
}

function requestOf(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return new Promise((resolve, reject) => {
    request(bare, options, resolve).on('error', reject).end();
  });
}

function openTunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  const own = renderLogin(proxy);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      ...{host: proxy.hostname.replace(/^\[|\]$/g, ''), port: proxy.port === '' ? 80 : proxy.port},
      ...{signal, agent: false, method: 'CONNECT', path: target},
      headers: {host: target, ...(own === undefined ? {} : {'proxy-authorization': own})},
    });
    sent.on('connect', (answer, socket: Socket) => {
      if (answer.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refusal(url, proxy, answer.statusCode ?? 0));
    });
    // Some answer a CONNECT as they would a GET.
    sent.on('response', (answer) => {
      answer.destroy();
      reject(refusal(url, proxy, answer.statusCode ?? 0));
    });
    sent.on('error', (error) => reject(explainOfProxy(error, proxy)));
    sent.end();
  });
}

function refusal(url: URL, proxy: URL, status: number): AskError {
  return new AskError(
    `the proxy ${proxy.host} ${status === 407 ? 'wants a login before it fetches' : 'refused to fetch'} ${url.host} (HTTP ${status})`,
    status,
  );
}

function explainOfProxy(error: Error, proxy: URL): Error {
  return 'code' in error && error.name !== 'AbortError'
    ? new AskError(`the proxy ${proxy.host} cannot be reached (${String(error.code)})`, undefined, {
        cause: error,
      })
    : error;
}
