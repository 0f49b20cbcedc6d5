// Which ports the proxy opens for a spec, and which daemons stand behind each. Pure. The names are what HAProxy shows.
import type {Algorithm, HaSpec} from './spec-schema.ts';

export type FrontendKind = 'hs2' | 'hue' | 'beeswax' | 'impala-http' | 'thriftserver' | 'thriftserver-http';

interface FrontendServer {
  /** As in the spec; unique in the whole of it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Port of the web UI that health checks ask; coordinators only. */
  readonly webPort?: number;
}

export interface Frontend {
  readonly kind: FrontendKind;
  readonly service: 'impala' | 'thriftserver';
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
  return [...planImpala(spec), ...planThriftservers(spec)];
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
      coordinators.map(({name, host, ports}) => ({name, host, port: ports[daemonPort], webPort: ports.web})),
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

function planThriftservers({thriftserver, timeouts}: HaSpec): readonly Frontend[] {
  if (thriftserver === undefined) return [];
  const {frontends: chosen, servers} = thriftserver;
  const make = (kind: FrontendKind, transport: 'binary' | 'http', port: number, balance: Algorithm) => {
    const own = servers.filter((server) => server.transport === transport);
    if (own.length === 0) return [];
    const defaults = {isOn: true, port, balance, timeout: timeouts.session};
    return makeFrontend(
      kind,
      'thriftserver',
      chosen[transport],
      ['thriftserver', 'frontends', transport],
      defaults,
      () => own.map(({name, host, port: own}) => ({name, host, port: own ?? port})),
    );
  };
  return [
    ...make('thriftserver', 'binary', 10015, 'leastconn'),
    ...make('thriftserver-http', 'http', 10001, 'source'),
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
  const id = kind.replace('-', '_');
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
