// What no single key of a spec can say: names used once, ports that meet, keys that need one another. Pure.
import {explainForeignVersion, findImpalaOfCdh, knownCdh} from './cdh-impala.ts';
import {planFrontends, type Frontend} from './frontends.ts';
import {findLoops, isLoopback, knowledgeOfSpec} from './loops.ts';
import type {HaSpec} from './spec-schema.ts';

export interface SpecProblem {
  /** Keys and indexes from the top of the spec to the place. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @returns Empty when the spec can be rendered. */
export function findSpecProblems(spec: HaSpec): readonly SpecProblem[] {
  if (spec.impala === undefined && spec.thriftserver === undefined && spec.hiveserver2 === undefined)
    return [
      {
        path: [],
        message: 'none of impala, thriftserver and hiveserver2 is given, so there is nothing to balance',
      },
    ];
  const frontends = planFrontends(spec);
  return [
    ...findEmpty(frontends),
    ...findDoubleNames(spec),
    ...findDoubleDaemons(frontends),
    ...findPortClashes(spec, frontends),
    ...findAddressClashes(spec),
    ...findVipProblems(spec),
    ...findUnsticky(frontends),
    ...findShareProblems(spec, frontends),
    ...findStatisticsProblems(spec),
    ...findMixedWebPorts(spec, frontends),
    ...findTlsProblems(spec),
    ...findWebTlsProblems(spec),
    ...findLoops(spec, frontends, knowledgeOfSpec(spec)),
    ...findUnusedFrontends(spec),
  ];
}

function findEmpty(frontends: readonly Frontend[]): readonly SpecProblem[] {
  return frontends.length > 0 ? [] : [{path: [], message: 'every frontend is switched off'}];
}

function findDoubleNames({impala, thriftserver, hiveserver2}: HaSpec): readonly SpecProblem[] {
  const named = [
    ...(impala?.coordinators ?? []).map(({name}, index) => ({
      name,
      path: ['impala', 'coordinators', index, 'name'],
    })),
    ...(thriftserver?.servers ?? []).map(({name}, index) => ({
      name,
      path: ['thriftserver', 'servers', index, 'name'],
    })),
    ...(hiveserver2?.servers ?? []).map(({name}, index) => ({
      name,
      path: ['hiveserver2', 'servers', index, 'name'],
    })),
    ...(impala?.web?.statestore === undefined
      ? []
      : [{name: 'statestored', path: ['impala', 'web', 'statestore']}]),
    ...(impala?.web?.catalog === undefined ? [] : [{name: 'catalogd', path: ['impala', 'web', 'catalog']}]),
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

function findVipProblems({proxy}: HaSpec): readonly SpecProblem[] {
  const {vip, bind} = proxy;
  if (vip === undefined) return [];
  const [address = ''] = vip.address.split('/');
  const [one, other] = vip.balancers;
  return [
    ...(bind.includes(address) || bind.includes('*') || bind.includes('::')
      ? []
      : [
          {path: ['proxy', 'bind'], message: `add ${address}, which proxy.vip gives to one of the balancers`},
        ]),
    ...(one?.address === other?.address || vip.balancers.some((each) => each.address === address)
      ? [
          {
            path: ['proxy', 'vip', 'balancers'],
            message: 'each balancer has an address of its own, which is not the shared one',
          },
        ]
      : []),
  ];
}

/** Over HTTP each call may come on a new connection, as may one of Hue's pool, and a session lives in one server's memory. */
function findUnsticky(frontends: readonly Frontend[]): readonly SpecProblem[] {
  return frontends
    .filter(({kind, isSticky}) => /http$|hue$/.test(kind) && !isSticky)
    .map(({path, kind}) => ({
      path,
      message: `${kind.endsWith('http') ? 'HiveServer2 over HTTP' : 'Hue, whose sessions go over several connections,'} needs balance: source, else sessions are not found again`,
    }));
}

function findShareProblems(spec: HaSpec, frontends: readonly Frontend[]): readonly SpecProblem[] {
  return frontends.flatMap(({path, kind, service, balance, servers}) => [
    ...(balance === 'first' && spec[service]?.maxConnections === undefined
      ? [{path, message: 'balance: first fills one daemon after the other, so it needs maxConnections'}]
      : []),
    ...(servers.every(({backup}) => backup === true)
      ? [{path: [path[0] ?? ''], message: `all daemons of ${kind} are backup: true; one must not be`}]
      : []),
  ]);
}

/** The page shows who queries what, and from where: beyond this host never without a password and a list of networks. */
function findStatisticsProblems({statistics}: HaSpec): readonly SpecProblem[] {
  if (statistics === false) return [];
  const {bind, user, passwordFile, allow} = statistics;
  const path = ['statistics'];
  if ((user === undefined) !== (passwordFile === undefined))
    return [{path, message: 'user and passwordFile belong together'}];
  if (bind.every((address) => isLoopback(address)) || (user !== undefined && allow !== undefined)) return [];
  return [
    {
      path,
      message: 'statistics beyond 127.0.0.1 are never open: give user, passwordFile and allow with them',
    },
  ];
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
  return (['impala', 'thriftserver', 'hiveserver2'] as const).flatMap((service) => {
    const tls = spec[service]?.tls;
    if (tls?.mode !== 'terminate' || tls.ca === undefined || tls.backends === 'tls') return [];
    return [{path: [service, 'tls', 'ca'], message: 'ca is for daemons that speak TLS; add backends: tls'}];
  });
}

/** HAProxy has one CA a daemon, for its health check as for its clients. */
function findWebTlsProblems({impala}: HaSpec): readonly SpecProblem[] {
  if (impala === undefined) return [];
  const {tls, webTls, webCa} = impala;
  if (webCa !== undefined && !webTls)
    return [
      {path: ['impala', 'webCa'], message: 'webCa is for a web UI that speaks https; add webTls: true'},
    ];
  if (tls.mode === 'passthrough' && tls.ca !== undefined)
    return [
      {
        path: ['impala', 'tls', 'ca'],
        message:
          'with mode: passthrough nothing of an Impala is asked inside TLS but its web UI, whose CA is impala.webCa',
      },
    ];
  const hasServerTls = tls.mode === 'terminate' && tls.backends === 'tls';
  if (!webTls || !hasServerTls || tls.ca === webCa) return [];
  return [
    {
      path: ['impala', webCa === undefined ? 'webTls' : 'webCa'],
      message:
        tls.ca === undefined
          ? 'HAProxy trusts one CA a daemon, for its web UI as for its clients; give tls.ca the same file'
          : `HAProxy trusts one CA a daemon, so by tls.ca the certificate of the web UI is checked too; write webCa: ${tls.ca} when that file has the CA of both, else leave out tls.ca`,
    },
  ];
}

/** Before anything else is asked of the version. */
export function findVersionProblems({impala}: HaSpec): readonly SpecProblem[] {
  if (impala === undefined) return [];
  const {cdh, version} = impala;
  if (cdh !== undefined && version !== undefined)
    return [{path: ['impala', 'version'], message: 'cdh says which Impala it is; leave one of the two out'}];
  if (cdh !== undefined && findImpalaOfCdh(cdh) === undefined)
    return [
      {
        path: ['impala', 'cdh'],
        message: `CDH ${cdh} is not known (${knownCdh} are); give Impala's own version, which impala-shell --version shows`,
      },
    ];
  const foreign = version === undefined ? undefined : explainForeignVersion(version);
  return foreign === undefined ? [] : [{path: ['impala', 'version'], message: foreign}];
}

function findUnusedFrontends(spec: HaSpec): readonly SpecProblem[] {
  return (['thriftserver', 'hiveserver2'] as const).flatMap((service) => {
    const hive = spec[service];
    if (hive === undefined) return [];
    return (['binary', 'hue', 'http'] as const)
      .map((key) => ({key, transport: key === 'http' ? 'http' : 'binary'}))
      .filter(
        ({key, transport}) =>
          ![undefined, false].includes(hive.frontends[key] as boolean | undefined) &&
          !hive.servers.some((one) => one.transport === transport),
      )
      .map(({key, transport}) => ({
        path: [service, 'frontends', key],
        message: `no server has transport: ${transport}`,
      }));
  });
}

/** The second and later ones of a kind. */
function findDoubles<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return items.filter((item, index) =>
    items.slice(0, index).some((earlier) => keyOf(earlier) === keyOf(item)),
  );
}
