// What no single key of a spec can say: names used once, ports that meet, keys that need one another. Pure.
import {planFrontends, type Frontend} from './frontends.ts';
import type {HaSpec} from './spec-schema.ts';

export interface SpecProblem {
  /** Keys and indexes from the top of the spec to the place. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @returns Empty when the spec can be rendered. */
export function findSpecProblems(spec: HaSpec): readonly SpecProblem[] {
  if (spec.impala === undefined && spec.thriftserver === undefined)
    return [{path: [], message: 'neither impala nor thriftserver is given, so there is nothing to balance'}];
  const frontends = planFrontends(spec);
  return [
    ...findEmpty(frontends),
    ...findDoubleNames(spec),
    ...findDoubleDaemons(frontends),
    ...findPortClashes(spec, frontends),
    ...findAddressClashes(spec),
    ...findUnstickyHttp(frontends),
    ...findMixedWebPorts(spec, frontends),
    ...findTlsProblems(spec),
    ...findUnusedFrontends(spec),
  ];
}

function findEmpty(frontends: readonly Frontend[]): readonly SpecProblem[] {
  return frontends.length > 0 ? [] : [{path: [], message: 'every frontend is switched off'}];
}

function findDoubleNames({impala, thriftserver}: HaSpec): readonly SpecProblem[] {
  const named = [
    ...(impala?.coordinators ?? []).map(({name}, index) => ({
      name,
      path: ['impala', 'coordinators', index, 'name'],
    })),
    ...(thriftserver?.servers ?? []).map(({name}, index) => ({
      name,
      path: ['thriftserver', 'servers', index, 'name'],
    })),
  ];
  return findDoubles(named, ({name}) => name.toLowerCase()).map(({name, path}) => ({
    path,
    message: `the name ${name} is already taken; drain and drill need to tell daemons apart`,
  }));
}

function findDoubleDaemons(frontends: readonly Frontend[]): readonly SpecProblem[] {
  return frontends.flatMap(({path, servers, kind}) =>
    findDoubles(servers, ({host, port}) => `${host.toLowerCase()} ${port}`).map(({name, host, port}) => ({
      path: [path[0] ?? ''],
      message: `${name} is a second daemon at ${host} port ${port} (${kind})`,
    })),
  );
}

function findPortClashes({statistics}: HaSpec, frontends: readonly Frontend[]): readonly SpecProblem[] {
  const doubles = findDoubles(frontends, ({port}) => String(port)).map(({path, port}) => ({
    path,
    message: `port ${port} of the proxy has two uses; each kind of client needs a port of its own`,
  }));
  const page = statistics === false ? undefined : statistics.port;
  return [
    ...doubles,
    ...frontends
      .filter(({port}) => port === page)
      .map(({path, port}) => ({path, message: `port ${port} of the proxy is that of the statistics`})),
  ];
}

function findAddressClashes({proxy}: HaSpec): readonly SpecProblem[] {
  const path = ['proxy', 'bind'];
  if (proxy.bind.includes('*') && proxy.bind.length > 1)
    return [{path, message: "'*' means all addresses, so it must be the only one"}];
  return findDoubles(proxy.bind, (address) => address.toLowerCase()).map((address) => ({
    path,
    message: `the address ${address} is listed twice`,
  }));
}

/** Over HTTP each call may come on a new connection, and a session lives in one server's memory. */
function findUnstickyHttp(frontends: readonly Frontend[]): readonly SpecProblem[] {
  return frontends
    .filter(({kind, isSticky}) => kind.endsWith('http') && !isSticky)
    .map(({path}) => ({
      path,
      message: 'HiveServer2 over HTTP needs balance: source, else sessions are not found again',
    }));
}

/** HAProxy's check goes to the web port, then to the client port; of the two one must be the same everywhere. */
function findMixedWebPorts({impala}: HaSpec, frontends: readonly Frontend[]): readonly SpecProblem[] {
  const differs = (ports: readonly (number | undefined)[]): boolean => new Set(ports).size > 1;
  if (impala === undefined || !differs(impala.coordinators.map(({ports}) => ports.web))) return [];
  return frontends
    .filter(({service, servers}) => service === 'impala' && differs(servers.map(({port}) => port)))
    .map(({kind}) => ({
      path: ['impala', 'coordinators'],
      message: `both the web ports and the ${kind} ports differ; a health check of HAProxy needs one of them to be the same for all`,
    }));
}

function findTlsProblems(spec: HaSpec): readonly SpecProblem[] {
  return (['impala', 'thriftserver'] as const).flatMap((service) => {
    const tls = spec[service]?.tls;
    if (tls?.mode !== 'terminate' || tls.ca === undefined || tls.backends === 'tls') return [];
    return [{path: [service, 'tls', 'ca'], message: 'ca is for daemons that speak TLS; add backends: tls'}];
  });
}

function findUnusedFrontends({thriftserver}: HaSpec): readonly SpecProblem[] {
  if (thriftserver === undefined) return [];
  return (['binary', 'http'] as const)
    .filter((transport) => {
      const chosen = thriftserver.frontends[transport];
      return (
        chosen !== undefined &&
        chosen !== false &&
        !thriftserver.servers.some((one) => one.transport === transport)
      );
    })
    .map((transport) => ({
      path: ['thriftserver', 'frontends', transport],
      message: `no server has transport: ${transport}`,
    }));
}

/** The second and later ones of a kind. */
function findDoubles<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return items.filter((item, index) =>
    items.slice(0, index).some((earlier) => keyOf(earlier) === keyOf(item)),
  );
}
