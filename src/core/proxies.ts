// The one reading of proxies: of the environment and of --proxy, and which addresses need none. Pure; asks nobody.
import {BlockList, isIP} from 'node:net';
import {UsageError} from './errors.ts';

export interface Proxies {
  /** `http://[user:password@]host:port`, the port always said. */
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** As in no_proxy, read and written again: names, addresses, networks, each perhaps with a port. */
  readonly no?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the options say; they win over the environment. */
export interface ProxyOptions {
  readonly proxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/**
 * As curl reads them: small letters first, an empty one counts as unset, all_proxy for both schemes. But https without a
 * proxy of its own goes through that of http, since Maven, apt and yum do so by themselves.
 * @throws UsageError naming the variable whose value is of no use.
 */
export function readProxies(env: Environment, options: ProxyOptions = {}): Proxies {
  const own = options.proxy === undefined ? undefined : {name: '--proxy', value: options.proxy};
  const {http = own, https = own} = own === undefined ? findProxySettings(env) : {};
  const no = options.noProxy ?? pick(env, 'no_proxy')?.value ?? '';
  if (splitNoProxy(no).includes('*')) return {}; // Nothing goes through them.
  const entries = parseNoProxy(no);
  return {
    http: http && parseProxy(http),
    https: https && parseProxy(https),
    no: entries.length === 0 ? undefined : entries.map(renderEntry).join(','),
  };
}

export interface ProxySetting {
  readonly name: string;
  readonly value: string;
}

/** Which variable decides for which scheme, as it was written. */
export function findProxySettings(env: Environment): {
  readonly http?: ProxySetting | undefined;
  readonly https?: ProxySetting | undefined;
} {
  const all = pick(env, 'all_proxy');
  const http = pick(env, 'http_proxy') ?? all;
  return {http, https: pick(env, 'https_proxy') ?? all ?? http};
}

function pick(env: Environment, variable: string): ProxySetting | undefined {
  for (const name of [variable, variable.toUpperCase()]) {
    const value = env[name]?.trim() ?? '';
    if (value !== '') return {name, value};
  }
  return undefined;
}

/** Without a scheme it is http, without a port 1080: as curl and git take it. The value is never shown: it may hold a password. */
function parseProxy({name, value}: ProxySetting): string {
  const [, scheme = 'http', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(value) ?? [];
  const refuse = (what: string, hint: string): never => {
    throw new UsageError(`${name} ${what}.`, hint);
  };
  const example = `Write it as ${name}${name.startsWith('--') ? ' ' : '='}http://proxy.example.com:3128`;
  const lower = scheme.toLowerCase();
  if (lower.startsWith('socks')) {
    return refuse(
      'names a SOCKS proxy, and Maven in the machine can use none',
      `Give an HTTP proxy with --proxy http://…, or do without: env -u ${name} build-spark …`,
    );
  }
  if (lower === 'https') {
    return refuse(
      'names a proxy that is itself spoken to in TLS (https://), which Maven cannot do',
      `If it takes plain HTTP, as nearly all do, write http:// before its name. ${example}`,
    );
  }
  const url = lower === 'http' && URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (url === undefined || /\s/.test(rest) || url.hostname === '')
    return refuse('is not the address of a proxy such as http://proxy.example.com:3128', example);
  const {username, password} = readLogin(url);
  const login = username === '' ? '' : `${encode(username)}:${encode(password)}@`;
  // `URL` forgets a port that is the scheme's own.
  const isSaid = /^(?:[^/?#]*@)?(?:\[[^\]]*\]|[^:/?#]*):\d+(?:[/?#]|$)/.test(rest);
  return `http://${login}${url.hostname}:${url.port === '' ? (isSaid ? '80' : '1080') : url.port}`;
}

/** It goes into files of shells, apt and Puppet: no quotes. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27');
}

/** User and password of an address, decoded; a `%` that encodes nothing stands for itself. */
export function readLogin({username, password}: URL): {readonly username: string; readonly password: string} {
  return {username: decode(username), password: decode(password)};
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One entry of no_proxy. */
type Direct =
  | {readonly type: 'name'; readonly name: string; readonly port?: string | undefined}
  | {
      readonly type: 'network';
      readonly address: string;
      readonly bits: number;
      readonly port?: string | undefined;
    };

/**
 * What curl takes, and what others do besides: `*.corp.test`, `host:port`, brackets around an IPv6 address.
 * What cannot be a host is left out.
 */
function parseNoProxy(text: string): readonly Direct[] {
  return splitNoProxy(text).flatMap((word) => parseEntry(word.toLowerCase()) ?? []);
}

function splitNoProxy(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function parseEntry(word: string): Direct | undefined {
  const [, host = word, port] = isIP(word) === 6 ? [] : (/^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(word) ?? []);
  const [address = '', bits] = host.replace(/^\[([^\]]*)\]/, '$1').split('/');
  const said = port === undefined ? {} : {port};
  const family = isIP(address);
  if (family !== 0) {
    const most = family === 4 ? 32 : 128;
    const count = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    return count < 0 || count > most ? undefined : {type: 'network', address, bits: count, ...said};
  }
  const name = host.replace(/^\*?\./, '').replace(/\.$/, '');
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name) ? {type: 'name', name, ...said} : undefined;
}

function renderHost(entry: Direct): string {
  if (entry.type === 'name') return entry.name;
  const isWhole = entry.bits === (isIP(entry.address) === 4 ? 32 : 128);
  return isWhole ? entry.address : `${entry.address}/${entry.bits}`;
}

function renderEntry(entry: Direct): string {
  const host = renderHost(entry);
  if (entry.port === undefined) return host;
  return `${host.includes(':') ? `[${host}]` : host}:${entry.port}`;
}

/** The proxy for an address, or undefined to go straight there. */
export function findProxyFor(proxies: Proxies, url: URL): string | undefined {
  const proxy = url.protocol === 'http:' ? proxies.http : proxies.https;
  return proxy === undefined || isDirect(proxies, url) ? undefined : proxy;
}

/** Whether no_proxy names it. */
export function isDirect({no = ''}: Proxies, url: URL): boolean {
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  const port = url.port === '' ? (url.protocol === 'http:' ? '80' : '443') : url.port;
  return parseNoProxy(no).some((entry) => {
    if (entry.port !== undefined && entry.port !== port) return false;
    if (entry.type === 'name') return host === entry.name || host.endsWith(`.${entry.name}`);
    const [family, wanted] = [isIP(host), isIP(entry.address)];
    if (family === 0 || family !== wanted) return false;
    const network = new BlockList();
    const type = family === 4 ? 'ipv4' : 'ipv6';
    network.addSubnet(entry.address, entry.bits, type);
    return network.check(host, type);
  });
}

/**
 * What needs no proxy as patterns of whole host names, in which `*` stands for anything: those of Maven's nonProxyHosts and
 * of a shell. They know no port: a host that is named with one is direct altogether, unless an address that is
 * known to be asked says otherwise.
 */
export function planDirectPatterns(proxies: Proxies, known: readonly string[]): readonly string[] {
  const urls = known.filter((text) => URL.canParse(text)).map((text) => new URL(text));
  const patterns = parseNoProxy(proxies.no ?? '').flatMap((entry): readonly string[] => {
    if (entry.port !== undefined) {
      const alone = {no: renderHost(entry)};
      const asked = urls.filter((url) => isDirect(alone, url));
      if (asked.length > 0 && !asked.some((url) => isDirect(proxies, url))) return [];
    }
    return entry.type === 'name' ? [entry.name, `*.${entry.name}`] : planNetworkPatterns(entry);
  });
  return [...new Set(patterns)];
}

/** At most 128 of them; none for IPv6, whose addresses Maven cannot read. */
function planNetworkPatterns({
  address,
  bits,
}: {
  readonly address: string;
  readonly bits: number;
}): readonly string[] {
  if (isIP(address) !== 4) return [];
  if (bits === 0) return ['*'];
  const bytes = address.split('.').map(Number);
  const whole = Math.ceil(bits / 8) - 1;
  const count = 2 ** (8 * (whole + 1) - bits);
  const first = Math.floor((bytes[whole] ?? 0) / count) * count;
  const head = bytes.slice(0, whole);
  return Array.from({length: count}, (_, index) =>
    [...head, first + index, ...(whole === 3 ? [] : ['*'])].join('.'),
  );
}

/** For the environment of commands, in both spellings: curl knows http_proxy in small letters only, others the capitals. */
export function renderProxyVariables(proxies: Proxies): Readonly<Record<string, string | undefined>> {
  const values = {
    http_proxy: proxies.http,
    https_proxy: proxies.https,
    all_proxy: undefined, // It is in the two others.
    no_proxy: renderNoProxy(proxies),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => [
      [name, value],
      [name.toUpperCase(), value],
    ]),
  );
}

/** As curl, git and apt read it: they know no ports. */
export function renderNoProxy({no}: Proxies): string | undefined {
  return no === undefined ? undefined : [...new Set(parseNoProxy(no).map(renderHost))].join(',');
}

/** An address that in a machine is the machine's own. */
export function isLoopback(hostname: string): boolean {
  const name = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    /^127(\.\d+){3}$/.test(name) ||
    name === '::1' ||
    name === '0.0.0.0'
  );
}
