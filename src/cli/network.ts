// The network as builds see it: proxies of the options or the host's environment, and what of it is secret.
import type {BuildRequest} from '../build/request.ts';
import {findUrlSecrets} from '../core/redact.ts';
import {findNoProxy, findProxy} from './options.ts';
import type {Environment} from './terminal.ts';

export interface Proxies {
  readonly http?: string;
  readonly https?: string;
  readonly no?: string;
}

/** `--proxy` is for both; without it each of the two variables has its own say. */
export function renderProxies(request: BuildRequest, env: Environment): Proxies {
  const http = request.proxy ?? findProxy(env, 'http');
  const https = request.proxy ?? findProxy(env, 'https') ?? http;
  const no = request.noProxy ?? findNoProxy(env);
  return {
    ...(http === undefined ? {} : {http}),
    ...(https === undefined ? {} : {https}),
    ...(no === undefined ? {} : {no}),
  };
}

/** What must reach no output, log or manifest. */
export function findSecrets({source, mirrors}: BuildRequest, {http, https}: Proxies): readonly string[] {
  return [source, ...mirrors.map(({url}) => url), http, https].flatMap((url) =>
    url === undefined ? [] : findUrlSecrets(url),
  );
}
