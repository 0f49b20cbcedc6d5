// Renders the part of an impala-ha spec that puts a balancer before the servers of an install. Pure; the other tool reads
// it, and this one knows no more of it than these keys.
import {stringify} from 'yaml';
import {findReached} from './client-command.ts';
import {findKerberos, isKerberos} from './kerberos.ts';
import type {NodeFacts} from './node-facts.ts';
import type {InstallRequest} from './node-settings.ts';

/** @param nodes Those that were installed, at least one. */
export function renderBalancerSpec(request: InstallRequest, nodes: readonly NodeFacts[]): string {
  const {server} = nodes[0] ?? {};
  const names = nodes.map(({hostName}) => hostName.split('.')[0] ?? hostName);
  const servers = nodes.map((facts, at) => ({
    name: names.indexOf(names[at] ?? '') === names.lastIndexOf(names[at] ?? '') ? names[at] : facts.hostName,
    host: findReached(request, facts),
    port: facts.server.port,
    ...(facts.server.mode === 'http' ? {transport: 'http'} : {}),
  }));
  const login = nodes.map((facts) => findKerberos(request, facts)).find((each) => each !== undefined);
  const [service, realm] = /^([^/]+)\/.*@(.+)$/.exec(login?.principal ?? '')?.slice(1) ?? [];
  const isWithKerberos = nodes.some(isKerberos) && realm !== undefined;
  const httpPath = nodes.find((facts) => facts.server.mode === 'http')?.server.httpPath;
  const spec = {
    thriftserver: {
      authentication: findMechanism(server?.authentication),
      servers,
      ...(httpPath === undefined || httpPath === 'cliservice' ? {} : {httpPath: `/${httpPath}`}),
    },
    ...(isWithKerberos ? {kerberos: {realm, thriftserver: service}} : {}),
  };
  return `# Written by build-spark install. Put it below the proxy: of a spec; impala-ha render --example shows one.
${stringify(spec, {lineWidth: 0})}`;
}

function findMechanism(authentication = 'NONE'): 'plain' | 'nosasl' | 'kerberos' {
  if (authentication === 'KERBEROS') return 'kerberos';
  return authentication === 'NOSASL' ? 'nosasl' : 'plain';
}
