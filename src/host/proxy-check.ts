// Finds proxies of the host's environment that a guest cannot reach. Knows only names and addresses, asks nobody.
import {providerRows} from '../machine/providers/table.ts';
import {UsageError} from '../core/errors.ts';
import {findProxySettings, isLoopback, readProxies} from '../core/proxies.ts';
import {fail, pass, type Check} from './host-check.ts';
import type {Environment, Host} from './host.ts';

export interface LoopbackProxy {
  readonly variable: string;
  readonly hostname: string;
  readonly port: string;
}

/** Proxies on the host's own loopback address, which in a guest is the guest's; of the variables that count. */
export function findLoopbackProxies(env: Environment): readonly LoopbackProxy[] {
  const {http, https} = findProxySettings(env);
  const settings = [http, ...(https?.name === http?.name ? [] : [https])];
  return settings.flatMap((setting) => {
    const url = setting === undefined ? undefined : parseProxy(setting.value);
    if (setting === undefined || url === undefined || !isLoopback(url.hostname)) return [];
    return [{variable: setting.name, hostname: url.hostname, port: url.port === '' ? '80' : url.port}];
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

/** Where a guest finds its host. */
export function findHostAddress(provider: string | undefined): string {
  const [first] = providerRows;
  return (providerRows.find(({name}) => name === provider) ?? first)?.hostAddress ?? '';
}

export function checkProxy(host: Host, provider: string | undefined): Check {
  const found = findLoopbackProxies(host.env);
  const [first] = found;
  if (first === undefined) return checkProxyValues(host.env);
  return fail(
    'proxy',
    `${found.map(({variable}) => variable).join(', ')} names ${first.hostname}, which inside a machine means the machine itself. ` +
      `Let the proxy also listen on ${findHostAddress(provider)}, and name that address.`,
    `build-spark --cdh 5.7.0 --proxy http://${findHostAddress(provider)}:${first.port}`,
  );
}

function checkProxyValues(env: Environment): Check {
  try {
    const {http, https} = readProxies(env);
    return pass(
      'proxy',
      http === undefined && https === undefined
        ? 'No proxy is set'
        : 'The proxy of the environment is not on this host itself',
    );
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return fail('proxy', error.message, error.hint);
  }
}
