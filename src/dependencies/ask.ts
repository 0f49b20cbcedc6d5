// Asks a server for a status, through a proxy where there is one. Knows no repository; decides and remembers nothing.
import {request as httpRequest, type IncomingMessage, type RequestOptions} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {connect, type TLSSocket} from 'node:tls';
import {planTlsName} from '../core/tls-name.ts';

/** One request, of which only the status is wanted. Throws what the network throws. */
export type Ask = (url: string, signal: AbortSignal) => Promise<number>;

/** @param proxyFor The proxy's URL for a URL, or undefined to go straight there. */
export function createAsk(proxyFor: (url: URL) => string | undefined): Ask {
  return async (text, signal) => {
    const url = new URL(text);
    const proxy = proxyFor(url);
    if (proxy === undefined) return statusOf(url, {signal});
    if (url.protocol === 'http:') return statusThroughProxy(url, new URL(proxy), signal);
    const socket = await openTunnel(url, new URL(proxy), signal);
    return statusOf(url, {signal, agent: false, createConnection: () => socket});
  };
}

function statusOf(url: URL, options: RequestOptions): Promise<number> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {...options, method: 'HEAD'}, (answer: IncomingMessage) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

function proxyOptions(proxy: URL, signal: AbortSignal): RequestOptions {
  const port = proxy.port === '' ? 80 : proxy.port;
  return {host: proxy.hostname, port, signal, agent: false, headers: loginHeaders(proxy)};
}

function loginHeaders(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === '') return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return {'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}`};
}

function statusThroughProxy(url: URL, proxy: URL, signal: AbortSignal): Promise<number> {
  return statusOf(proxy, {
    ...proxyOptions(proxy, signal),
    path: url.href,
    headers: {...loginHeaders(proxy), host: url.host},
  });
}

function openTunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<TLSSocket> {
  const target = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({...proxyOptions(proxy, signal), method: 'CONNECT', path: target});
    sent.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        resolve(connect({socket, ...planTlsName(url.hostname)}));
        return;
      }
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answers HTTP ${answer.statusCode ?? 0}`));
    });
    sent.on('error', (error) =>
      reject(new Error(`the proxy ${proxy.host}: ${error.message}`, {cause: error})),
    );
    sent.end();
  });
}
