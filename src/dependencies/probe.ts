// Asks whether Cloudera's repository answers, and remembers the answer for ten minutes. Decides nothing.
import {mkdir} from 'node:fs/promises';
import {request as httpRequest, type IncomingMessage, type RequestOptions} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {join} from 'node:path';
import {connect, type TLSSocket} from 'node:tls';
import * as z from 'zod';
import {describeError} from '../core/errors.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import type {ProbeResult} from './choose.ts';

/** One request, of which only the status is wanted. Throws what the network throws. */
export type Ask = (url: string, signal: AbortSignal) => Promise<number>;

const rememberedForMs = 10 * 60_000;
const limitMs = 5_000;

const answerSchema = z.object({
  formatVersion: z.literal(1),
  url: z.string(),
  isAnswering: z.boolean(),
  detail: z.string(),
  atMs: z.number(),
});

/**
 * @param folder Where answers are remembered; one that cannot be read or written is done without.
 * @param nowMs Time of the question, milliseconds since 1970.
 * @returns Never throws for the network's sake: an answer of 200 is a yes, all else a no with its reason.
 */
export async function probeRepository(
  url: string,
  folder: string,
  ask: Ask,
  nowMs: number,
): Promise<ProbeResult> {
  const file = join(folder, 'cloudera.json');
  const known = await readJsonFile(file, answerSchema, 'The remembered probe').catch(() => undefined);
  if (known?.url === url && known.atMs <= nowMs && nowMs - known.atMs < rememberedForMs) {
    return {url, isAnswering: known.isAnswering, detail: known.detail};
  }
  const result = await askOnce(url, ask);
  await mkdir(folder, {recursive: true})
    .then(() => writeJsonFile(file, {formatVersion: 1, ...result, atMs: nowMs}))
    .catch(() => undefined);
  return result;
}

async function askOnce(url: string, ask: Ask): Promise<ProbeResult> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const status = await ask(url, signal);
    const meaning =
      {401: ', it wants a login', 403: ', it refuses', 404: ', it has no such parent pom'}[status] ?? '';
    return {url, isAnswering: status === 200, detail: `HTTP ${status}${meaning}`};
  } catch (error) {
    const detail = signal.aborted ? `no answer within ${limitMs / 1000} s` : describeError(error);
    return {url, isAnswering: false, detail};
  }
}

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
        resolve(connect({socket, servername: url.hostname}));
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
