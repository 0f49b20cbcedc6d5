// A spec as HAProxy's configuration. Pure: the same spec gives the same text. Knows nothing of where it is put.
import {planFrontends, type Frontend} from './frontends.ts';
import {planHealthCheck} from './health-checks.ts';
import {renderDefaults, renderGlobal, renderStatistics, section} from './render-sections.ts';
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
  return [renderHead(losses), ...text, ...renderExtra(spec)].join('\n');
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
        renderFrontend(spec, frontend),
        renderBackend(spec, frontend, can),
      ]),
      ...renderStatistics(spec, can),
    ],
  };
}

function renderHead(losses: readonly string[]): string {
  return [
    '# Made by impala-ha from its spec; what is changed here is lost with the next apply.',
    ...(losses.length === 0
      ? []
      : ['# With this version of HAProxy:', ...losses.map((loss) => `# - ${loss}`)]),
    '',
  ].join('\n');
}

const titles: Readonly<Record<Frontend['kind'], string>> = {
  hs2: 'Impala, HiveServer2: JDBC, ODBC, impyla, impala-shell.',
  hue: 'Impala for Hue: the same ports of the daemons, but one coordinator per address of Hue.',
  beeswax: 'Impala, Beeswax: impala-shell before 4.0.',
  'impala-http': 'Impala, HiveServer2 over HTTP.',
  thriftserver: 'Spark Thriftservers, HiveServer2: beeline, JDBC, ODBC, impyla.',
  'thriftserver-http': 'Spark Thriftservers, HiveServer2 over HTTP.',
};

/** @param title A comment above it. */
export function renderFrontend(spec: HaSpec, frontend: Frontend, title = titles[frontend.kind]): string {
  const {proxy, timeouts} = spec;
  const tls = tlsOf(spec, frontend);
  const secure = tls.mode === 'terminate' ? ` ssl crt ${tls.certificate}` : '';
  return section(`frontend ${frontend.frontendName}`, title, [
    ...proxy.bind.map((address) => `bind ${joinAddress(address, frontend.port)}${secure}`),
    ...(frontend.timeout === timeouts.session ? [] : [`timeout client ${frontend.timeout}`]),
    ...renderAllow(proxy.allow ?? []),
    `default_backend ${frontend.backendName}`,
  ]);
}

/** HAProxy takes 64 words a line. */
const networksPerLine = 20;

function renderAllow(networks: readonly string[]): readonly string[] {
  if (networks.length === 0) return [];
  const lines = Array.from({length: Math.ceil(networks.length / networksPerLine)}, (_, index) =>
    networks.slice(index * networksPerLine, (index + 1) * networksPerLine),
  );
  return [
    ...lines.map((some) => `acl is_allowed src ${some.join(' ')}`),
    'tcp-request connection reject if !is_allowed',
  ];
}

export function renderBackend(spec: HaSpec, frontend: Frontend, can: HaproxyFeatures): string {
  const service = frontend.service === 'impala' ? spec.impala : spec.thriftserver;
  const check = planHealthCheck(spec, frontend, can);
  const {interval, fall, rise, timeout} = service?.checks ?? {
    interval: '2s',
    fall: 2,
    rise: 2,
    timeout: '2s',
  };
  const words = [
    ...renderServerTls(spec, frontend),
    ...(service?.maxConnections === undefined ? [] : [`maxconn ${service.maxConnections}`]),
  ].map((word) => ` ${word}`);
  return section(`backend ${frontend.backendName}`, undefined, [
    `balance ${frontend.balance}`,
    ...(frontend.isSticky ? renderStickiness(spec, frontend) : []),
    ...(frontend.timeout === spec.timeouts.session ? [] : [`timeout server ${frontend.timeout}`]),
    `timeout check ${timeout}`,
    ...check.lines,
    `default-server inter ${interval} fall ${fall} rise ${rise}`,
    ...frontend.servers.map(({name, host, port, webPort}) => {
      const checkPort = check.serverPort === 'web' ? ` port ${webPort ?? port}` : '';
      return `server ${name} ${joinAddress(host, port)} check${checkPort}${words.join('')}`;
    }),
  ]);
}

/** The hash alone would send everybody back when the first daemon returns, and cut them a second time. */
function renderStickiness({proxy}: HaSpec, {timeout}: Frontend): readonly string[] {
  const type = proxy.bind.some((address) => address.includes(':')) ? 'ipv6' : 'ip';
  return ['hash-type consistent', `stick-table type ${type} size 100k expire ${timeout}`, 'stick on src'];
}

function tlsOf(spec: HaSpec, {service}: Frontend): TlsSpec {
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

/** IPv6 in the form that no version mistakes for a name. */
function joinAddress(host: string, port: number): string {
  return host.includes(':') ? `ipv6@${host}:${port}` : `${host}:${port}`;
}
