// The network as builds see it: proxies of the options or the host's environment.
import {UsageError} from '../core/errors.ts';
import {
  planDirectPatterns,
  readProxies,
  renderNoProxy,
  renderProxyVariables,
  type Proxies,
  type ProxyOptions,
} from '../core/proxies.ts';
import type {ProvisionData} from '../machine/machine.ts';
import type {Environment} from '../core/terminal.ts';

/** The environment of the host's own commands (git, apt, Vagrant's downloads), which are to take the way that all take. */
export function renderCommandEnvironment(env: Environment, options: ProxyOptions): Environment {
  try {
    return {...env, ...renderProxyVariables(readProxies(env, options))};
  } catch (error) {
    // Said where the options are read, together with all else that is wrong with them.
    if (error instanceof UsageError) return env;
    throw error;
  }
}

/** As a machine gets it. @param known Addresses that are certain to be asked. @returns undefined where there is no proxy. */
export function planGuestProxy(proxies: Proxies, known: readonly string[]): ProvisionData['proxy'] {
  const {http, https} = proxies;
  if (http === undefined && https === undefined) return undefined;
  const no = renderNoProxy(proxies);
  return {
    ...{http, https, no},
    direct: no === undefined ? undefined : planDirectPatterns(proxies, known),
  };
}
