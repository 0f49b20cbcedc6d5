// Finds proxies of the host's environment that a guest cannot reach. Knows only names and addresses, asks nobody.
import {fail, pass, type Check} from './check.ts';
import type {Environment, Host} from './host.ts';

const variables = [
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
] as const;

export interface LoopbackProxy {
  readonly variable: string;
  readonly hostname: string;
  readonly port: string;
}

/** Proxies on the host's own loopback address, which in a guest is the guest's. */
export function findLoopbackProxies(env: Environment): readonly LoopbackProxy[] {
  return variables.flatMap((variable) => {
    const value = env[variable]?.trim() ?? '';
    const url = value === '' ? undefined : parseProxy(value);
    if (url === undefined || !isLoopback(url.hostname)) return [];
    return [{variable, hostname: url.hostname, port: url.port === '' ? '80' : url.port}];
  });
}

function parseProxy(value: string): URL | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** `--proxy` and the environment are judged alike. */
export function isLoopbackUrl(url: string): boolean {
  const parsed = parseProxy(url);
  return parsed !== undefined && isLoopback(parsed.hostname);
}

function isLoopback(hostname: string): boolean {
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

/** Where a guest of lxc, or of VirtualBox's NAT, finds its host. */
export function findHostAddress(provider: string | undefined): string {
  return provider === 'virtualbox' ? '10.0.2.2' : provider === 'libvirt' ? '192.168.121.1' : '10.0.3.1';
}

export function checkProxy(host: Host, provider: string | undefined): Check {
  const found = findLoopbackProxies(host.env);
  const [first] = found;
  if (first === undefined) {
    const isSet = variables.some((name) => (host.env[name] ?? '') !== '');
    return pass(
      'proxy',
      isSet ? 'The proxy of the environment is not on this host itself' : 'No proxy is set',
    );
  }
  return fail(
    'proxy',
    `${found.map(({variable}) => variable).join(', ')} names ${first.hostname}, which a machine takes for itself. ` +
      `Let the proxy listen on ${findHostAddress(provider)} too, and name that address.`,
    `build-spark --cdh 5.7.0 --proxy http://${findHostAddress(provider)}:${first.port}`,
  );
}
