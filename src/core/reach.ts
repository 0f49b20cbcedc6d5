// What it means when a place on the network does not answer as it should, told apart by what the system, the resolver,
// TLS, git or HTTP said. Pure; asks nobody.
import {AskError} from './answer.ts';
import {describeError} from './errors.ts';

export type ReachKind =
  | 'answers'
  | 'name'
  | 'refused'
  | 'dropped'
  | 'route'
  | 'login'
  | 'certificate'
  | 'key'
  | 'moved'
  | 'proxy'
  | 'other';

export interface Reach {
  readonly kind: ReachKind;
  /** The end of a sentence. */
  readonly detail: string;
}

/**
 * Codes of Node and OpenSSL, and words of git 2.39, libcurl and OpenSSH, in this order: what a proxy says comes before what
 * its cause was, and a cause before what merely follows from it.
 */
const causes: readonly (readonly [ReachKind, RegExp, (host: string) => string])[] = [
  [
    'proxy',
    /resolve proxy|from proxy after CONNECT|Proxy CONNECT aborted|CONNECT tunnel failed|returned error: 407/i,
    () => 'a proxy is in the way, and does not let it through',
  ],
  [
    'name',
    /^(ENOTFOUND|ENODATA)$|Could(?:n't| not) resolve host|Name or service not known/i,
    (host) => `the name ${host} is not known here`,
  ],
  [
    'name',
    /^EAI_|Temporary failure in name resolution/i,
    (host) => `the name ${host} could not be looked up`,
  ],
  ['refused', /^ECONNREFUSED$|Connection refused/i, () => 'the connection was refused'],
  [
    'dropped',
    /^(ECONNRESET|EPIPE|ECONNABORTED)$|Connection reset|unexpected disconnect|Empty reply/i,
    () => 'it dropped the connection',
  ],
  ['dropped', /(?:Connection|Operation) timed out|Operation too slow/i, () => 'it did not answer in time'],
  [
    'route',
    /^(ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN|ETIMEDOUT)$|Network is unreachable|No route to host/i,
    () => 'there is no route to it from here',
  ],
  // Newer ones of libcurl do not say why.
  ['refused', /Failed to connect|Could(?:n't| not) connect/i, () => 'it takes no connection from here'],
  [
    'certificate',
    /^[A-Z_]*(?:CERT|SELF_SIGNED|UNABLE_TO_|CRL)[A-Z_]*$|certificate verif|certificate problem|unable to access .*certificate/,
    () => 'its certificate is not trusted here',
  ],
  [
    'key',
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    () => 'its ssh host key is not known here, or not the one that is known',
  ],
  [
    'login',
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied \(|HTTP Basic: Access denied|returned error: 40[13]/i,
    () => 'it wants a login',
  ],
  ['moved', /returned error: 30\d|unable to update url base from redirection/i, () => 'it has moved'],
  [
    'other',
    /^(ERR_SSL_|EPROTO|ERR_TLS_)|unable to access .*(?:SSL|TLS|gnutls)/,
    () => 'it does not speak TLS as it should',
  ],
  ['other', /^HPE_/, () => 'it does not speak HTTP'],
  ['other', /returned error: 5\d\d/, () => 'it answers with an error of its own'],
  [
    'dropped',
    /early EOF|RPC failed|the remote end hung up|transfer closed|Recv failure/i,
    () => 'it dropped the connection',
  ],
];

/** @param said A code, or all that a program said. @param host Of the place that was asked. */
export function judgeWords(said: string, host: string): Reach | undefined {
  const to = /Failed to connect to (\S+) port \d+/i.exec(said)?.[1];
  if (to !== undefined && to.toLowerCase() !== host.toLowerCase())
    return {kind: 'proxy', detail: `the way there leads through ${to}, which takes no connection from here`};
  const found = causes.find(([, pattern]) => pattern.test(said));
  return found === undefined ? undefined : {kind: found[0], detail: found[2](host)};
}

/** @returns undefined for what no network throws: a mistake of our own. */
export function judgeError(error: unknown, host: string): Reach | undefined {
  if (error instanceof AskError) {
    const detail = error.message;
    return {
      kind: detail.startsWith('the proxy ') ? 'proxy' : detail.includes('redirects') ? 'moved' : 'other',
      detail,
    };
  }
  const code =
    error instanceof Error && !(error instanceof TypeError) && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return undefined;
  const {kind, detail} = judgeWords(code, host) ?? {kind: 'other' as const, detail: 'it cannot be asked'};
  return {kind, detail: `${detail} (${code})`};
}

/** @param isProxied Whether the way there leads through a proxy, whose refusal looks like the place's own. */
export function judgeStatus(status: number, text: string, isProxied: boolean): Reach {
  const say = (kind: ReachKind, detail: string): Reach => ({kind, detail: `${detail} (HTTP ${status})`});
  if (status === 407) return say('proxy', 'the proxy wants a login');
  if (status === 401) return say('login', 'it wants a login');
  if (status === 403)
    return isProxied ? say('proxy', 'it, or the proxy before it, refuses') : say('login', 'it refuses');
  if (status >= 200 && status < 300)
    return /<html|<!doctype html/i.test(text) && /<form|log.?in|sign.?in|password/i.test(text)
      ? say('proxy', 'something before it answers with a web page, perhaps a login page')
      : say('answers', 'it answers');
  if (status === 404 || status === 410) return say('moved', 'it is not at this address');
  if (status >= 500) return say('other', 'it answers with an error of its own');
  return say('other', 'its answer cannot be used');
}

/** Within the time that is given. */
export function judgeSilence(limitMs: number): Reach {
  return {
    kind: 'dropped',
    detail: `no whole answer within ${limitMs / 1000} s: something on the way drops it`,
  };
}

/** What nobody foresaw. */
export function judgeUnknown(error: unknown): Reach {
  return {kind: 'other', detail: describeError(error)};
}
