// Which ports the proxy opens for a spec, and which daemons stand behind each. Pure. The names are what HAProxy shows.
import type {Algorithm, HaSpec, HiveService} from './spec-schema.ts';
import {hivePorts} from './spec-services.ts';

type HiveKind = HiveService | `${HiveService}-hue` | `${HiveService}-http`;
type WebKind = 'impala-web' | 'statestore-web' | 'catalog-web';
export type FrontendKind = 'hs2' | 'hue' | 'beeswax' | 'impala-http' | HiveKind | WebKind;

export const isWebKind = (kind: FrontendKind): kind is WebKind => kind.endsWith('-web');

interface FrontendServer {
  /** As in the spec; unique in the whole of it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Port of the web UI that health checks ask; coordinators only. */
  readonly webPort?: number;
  readonly backup?: boolean | undefined;
  readonly weight?: number | undefined;
}

export interface Frontend {
  readonly kind: FrontendKind;
  readonly service: 'impala' | HiveService;
  /** In HAProxy's configuration and runtime socket. */
  readonly frontendName: string;
  readonly backendName: string;
  readonly port: number;
  readonly balance: Algorithm;
  /** A client address stays with its daemon also after another one came back. */
  readonly isSticky: boolean;
  /** Idle time, as HAProxy writes it. */
  readonly timeout: string;
  readonly servers: readonly FrontendServer[];
  /** Of its own, in place of the proxy's. */
  readonly allow?: readonly string[];
  /** Where the spec says so, for errors. */
  readonly path: readonly string[];
}

interface Choice {
  readonly port?: number | undefined;
  readonly balance?: Algorithm | undefined;
  readonly timeout?: string | undefined;
}

interface Defaults {
  readonly isOn: boolean;
  readonly port: number;
  readonly balance: Algorithm;
  readonly timeout: string;
}

/** @returns In the order of `FrontendKind`; empty where the spec switched all of them off. */
export function planFrontends(spec: HaSpec): readonly Frontend[] {
  return [
    ...planImpala(spec),
    ...planHive(spec, 'thriftserver'),
    ...planHive(spec, 'hiveserver2'),
    ...planWeb(spec),
  ];
}

/** Whether this Impala opens its Beeswax port by itself: closed by default since 5.0 (IMPALA-14990). Unknown: undefined. */
export function hasBeeswax(version: string | undefined): boolean | undefined {
  return version === undefined ? undefined : Number.parseInt(version, 10) < 5;
}

function planImpala({impala, timeouts}: HaSpec): readonly Frontend[] {
  if (impala === undefined) return [];
  const {frontends: chosen, coordinators} = impala;
  const make = (
    kind: FrontendKind,
    key: keyof typeof chosen,
    daemonPort: keyof (typeof coordinators)[number]['ports'],
    defaults: Defaults,
  ): readonly Frontend[] =>
    makeFrontend(kind, 'impala', chosen[key], ['impala', 'frontends', key], defaults, () =>
      coordinators.map(({name, host, ports, backup, weight}) => ({
        name,
        host,
        port: ports[daemonPort],
        webPort: ports.web,
        backup,
        weight,
      })),
    );
  const {session, hue} = timeouts;
  const beeswax = hasBeeswax(impala.version) === true;
  return [
    ...make('hs2', 'hs2', 'hs2', {isOn: true, port: 21050, balance: 'leastconn', timeout: session}),
    ...make('hue', 'hue', 'hs2', {isOn: true, port: 21051, balance: 'source', timeout: hue}),
    ...make('beeswax', 'beeswax', 'beeswax', {
      isOn: beeswax,
      port: 21000,
      balance: 'leastconn',
      timeout: session,
    }),
    ...make('impala-http', 'http', 'http', {isOn: false, port: 28000, balance: 'source', timeout: session}),
  ];
}

function planHive(spec: HaSpec, service: HiveService): readonly Frontend[] {
  const hive = spec[service];
  if (hive === undefined) return [];
  const {session, hue} = spec.timeouts;
  const {frontends: chosen, servers} = hive;
  const ports = hivePorts[service];
  const make = (kind: FrontendKind, key: keyof typeof chosen, balance: Algorithm, timeout: string) => {
    const transport = key === 'http' ? 'http' : 'binary';
    const own = servers.filter((server) => server.transport === transport);
    if (own.length === 0) return [];
    const defaults = {isOn: true, port: ports[key], balance, timeout};
    return makeFrontend(kind, service, chosen[key], [service, 'frontends', key], defaults, () =>
      own.map(({name, host, port, backup, weight}) => ({
        name,
        host,
        port: port ?? ports[transport],
        backup,
        weight,
      })),
    );
  };
  return [
    ...make(service, 'binary', 'leastconn', session),
    ...make(`${service}-hue`, 'hue', 'source', hue),
    ...make(`${service}-http`, 'http', 'source', session),
  ];
}

function planWeb({impala, timeouts}: HaSpec): readonly Frontend[] {
  const web = impala?.web;
  if (web === undefined) return [];
  const {coordinators, statestore, catalog, allow} = web;
  const make = (kind: WebKind, key: keyof typeof web, port: number, servers: readonly FrontendServer[]) =>
    makeFrontend(
      kind,
      'impala',
      true,
      ['impala', 'web', key],
      {isOn: true, port, balance: kind === 'impala-web' ? 'source' : 'leastconn', timeout: timeouts.session},
      () => servers,
    ).map((frontend) => ({...frontend, allow}));
  return [
    ...(coordinators === false
      ? []
      : make(
          'impala-web',
          'coordinators',
          coordinators === true ? 25_000 : coordinators.port,
          impala?.coordinators.map(({name, host, ports}) => ({name, host, port: ports.web})) ?? [],
        )),
    ...(statestore === undefined
      ? []
      : make('statestore-web', 'statestore', statestore.port, [{name: 'statestored', ...statestore}])),
    ...(catalog === undefined
      ? []
      : make('catalog-web', 'catalog', catalog.port, [{name: 'catalogd', ...catalog}])),
  ];
}

function makeFrontend(
  kind: FrontendKind,
  service: Frontend['service'],
  chosen: boolean | Choice | undefined,
  path: readonly string[],
  defaults: Defaults,
  listServers: () => readonly FrontendServer[],
): readonly Frontend[] {
  if (!(chosen === undefined ? defaults.isOn : chosen !== false)) return [];
  const own: Choice = typeof chosen === 'object' ? chosen : {};
  const balance = own.balance ?? defaults.balance;
  const id = kind.replaceAll('-', '_');
  return [
    {
      kind,
      service,
      frontendName: `fe_${id}`,
      backendName: `be_${id}`,
      port: own.port ?? defaults.port,
      balance,
      isSticky: balance === 'source',
      timeout: own.timeout ?? defaults.timeout,
      servers: listServers(),
      path,
    },
  ];
}
