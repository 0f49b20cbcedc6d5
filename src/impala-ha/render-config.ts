// A spec as HAProxy's configuration. Pure: the same spec gives the same text. Knows nothing of where it is put.
import {isWebKind, planFrontends, type Frontend} from './frontends.ts';
import {planHealthCheck} from './health-checks.ts';
import {
  joinAddress,
  listWeaknesses,
  renderAllow,
  renderBindTls,
  renderDefaults,
  renderGlobal,
  renderStatistics,
  section,
} from './render-sections.ts';
import type {HaSpec, TlsSpec} from './spec-schema.ts';
import {
  defaultVersion,
  listFeatures,
  listLosses,
  parseHaproxyVersion,
  type HaproxyFeatures,
} from './versions.ts';

/** @returns A whole haproxy.cfg. Valid for `haproxy -dW -c` where the names in it are known and the files are there. */
export function renderConfig(spec: HaSpec): string {
  const {text, losses} = renderForVersion(spec);
  return [renderHead(losses, listWeaknesses(spec)), ...text, ...renderExtra(spec)].join('\n');
}

/** Sections of the operator's own, as they are. */
export function renderExtra({extraSections}: HaSpec): readonly string[] {
  return extraSections === undefined
    ? []
    : [`# From here on: the file that extra names in the spec.\n${extraSections.trimEnd()}\n`];
}

/** The same for the version that a host really has. @param version As in `haproxy -v`, without the words around it. */
export function withHaproxyVersion(spec: HaSpec, version: string): HaSpec {
  return {...spec, proxy: {...spec.proxy, haproxy: version}};
}

/** What the target's version of HAProxy takes away from this spec; one sentence each. */
export function listRenderLosses(spec: HaSpec): readonly string[] {
  return renderForVersion(spec).losses;
}

function renderForVersion(spec: HaSpec): {
  readonly text: readonly string[];
  readonly losses: readonly string[];
} {
  const named = spec.proxy.haproxy;
  const version = named === undefined ? defaultVersion : parseHaproxyVersion(named);
  const losses = listLosses(version);
  const can = listFeatures(version);
  const frontends = planFrontends(spec);
  return {
    losses,
    text: [
      renderGlobal(spec, frontends, can),
      renderDefaults(spec, can),
      ...frontends.flatMap((frontend) => [
        renderFrontend(spec, frontend, can),
        renderBackend(spec, frontend, can),
      ]),
      ...renderStatistics(spec, can),
    ],
  };
}

function renderHead(losses: readonly string[], weaknesses: readonly string[]): string {
  return [
    '# Made by impala-ha from its spec; what is changed here is lost with the next apply.',
    ...(losses.length === 0
      ? []
      : ['# With this version of HAProxy:', ...losses.map((loss) => `# - ${loss}`)]),
    ...(weaknesses.length === 0
      ? []
      : ['# Weaker than the default:', ...weaknesses.map((weakness) => `# - ${weakness}`)]),
    '',
  ].join('\n');
}

const titles: Readonly<Record<Frontend['kind'], string>> = {
  hs2: 'Impala, HiveServer2: JDBC, ODBC, impyla, impala-shell.',
  hue: 'Impala for Hue: the same ports of the daemons, but one coordinator per address of Hue.',
  beeswax: 'Impala, Beeswax: impala-shell before 4.0.',
  'impala-http': 'Impala, HiveServer2 over HTTP.',
  thriftserver: 'Spark Thriftservers, HiveServer2: beeline, JDBC, ODBC, impyla.',
  'thriftserver-hue': 'Spark Thriftservers for Hue: one server per address of Hue.',
  'thriftserver-http': 'Spark Thriftservers, HiveServer2 over HTTP.',
  hiveserver2: 'HiveServer2: beeline, JDBC, ODBC, impyla.',
  'hiveserver2-hue': 'HiveServer2 for Hue: one server per address of Hue.',
  'hiveserver2-http': 'HiveServer2 over HTTP.',
  'impala-web': 'Web UI of a coordinator; one client address, one coordinator.',
  'statestore-web': 'Web UI of the statestore.',
  'catalog-web': 'Web UI of the catalog.',
};

/** @param title A comment above it. */
export function renderFrontend(
  spec: HaSpec,
  frontend: Frontend,
  can: HaproxyFeatures,
  title = titles[frontend.kind],
): string {
  const {proxy, timeouts} = spec;
  const tls = tlsOf(spec, frontend);
  const secure = tls.mode === 'terminate' ? renderBindTls(tls, can) : '';
  return section(`frontend ${frontend.frontendName}`, title, [
    ...proxy.bind.map((address) => `bind ${joinAddress(address, frontend.port)}${secure}`),
    ...(frontend.timeout === timeouts.session ? [] : [`timeout client ${frontend.timeout}`]),
    ...renderAllow(frontend.allow ?? proxy.allow ?? []),
    `default_backend ${frontend.backendName}`,
  ]);
}

export function renderBackend(spec: HaSpec, frontend: Frontend, can: HaproxyFeatures): string {
  const service = spec[frontend.service];
  const check = planHealthCheck(spec, frontend, can);
  const {interval, fall, rise, timeout} = service?.checks ?? {
    interval: '2s',
    fall: 2,
    rise: 2,
    timeout: '2s',
  };
  const words = [
    ...renderServerTls(spec, frontend),
    ...(service?.maxConnections === undefined || isWebKind(frontend.kind)
      ? []
      : [`maxconn ${service.maxConnections}`]),
  ].map((word) => ` ${word}`);
  return section(`backend ${frontend.backendName}`, undefined, [
    `balance ${frontend.balance}`,
    ...(frontend.isSticky ? renderStickiness(spec, frontend) : []),
    ...(frontend.timeout === spec.timeouts.session ? [] : [`timeout server ${frontend.timeout}`]),
    `timeout check ${timeout}`,
    ...check.lines,
    `default-server inter ${interval} fall ${fall} rise ${rise}`,
    // Else only the first of them would get clients.
    ...(frontend.servers.filter(({backup}) => backup === true).length > 1 ? ['option allbackups'] : []),
    ...frontend.servers.map(({name, host, port, webPort, backup, weight}) => {
      const checkPort = check.serverPort === 'web' ? ` port ${webPort ?? port}` : '';
      return `server ${name} ${joinAddress(host, port)} check${checkPort}${weight === undefined ? '' : ` weight ${weight}`}${backup === true ? ' backup' : ''}${words.join('')}`;
    }),
  ]);
}

/** The hash alone would send everybody back when the first daemon returns, and cut them a second time. */
function renderStickiness({proxy}: HaSpec, {timeout}: Frontend): readonly string[] {
  const type = proxy.bind.some((address) => address.includes(':')) ? 'ipv6' : 'ip';
  return ['hash-type consistent', `stick-table type ${type} size 100k expire ${timeout}`, 'stick on src'];
}

function tlsOf(spec: HaSpec, {service, kind}: Frontend): TlsSpec {
  // A web UI does its own TLS, or none.
  if (isWebKind(kind)) return {mode: 'none'};
  return spec[service]?.tls ?? {mode: 'none'};
}

/** With TLS to the daemon, or only in its health check, HAProxy wants to be told whom to trust. */
function renderServerTls(spec: HaSpec, frontend: Frontend): readonly string[] {
  const tls = tlsOf(spec, frontend);
  const trust = (ca: string | undefined): string =>
    ca === undefined ? 'verify none' : `verify required ca-file ${ca}`;
  if (tls.mode === 'terminate' && tls.backends === 'tls') return ['ssl', trust(tls.ca)];
  // The client port of an Impala is only connected to: there is no more TLS in its check than that of the web UI.
  if (frontend.service === 'impala') return spec.impala?.webTls === true ? [trust(spec.impala.webCa)] : [];
  return tls.mode === 'passthrough' ? [trust(tls.ca)] : [];
}
