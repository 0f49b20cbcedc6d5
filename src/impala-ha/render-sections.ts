// The sections of haproxy.cfg that are the same for every daemon: global, defaults, statistics. Pure.
import type {Frontend} from './frontends.ts';
import {isLoopback} from './loops.ts';
import type {HaSpec} from './spec-schema.ts';
import {readDurationMs} from './spec-values.ts';
import type {HaproxyFeatures} from './versions.ts';

/** @param title A comment above it. @returns With an empty line at its end. */
export function section(head: string, title: string | undefined, lines: readonly string[]): string {
  return [
    ...(title === undefined ? [] : [`# ${title}`]),
    head,
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n');
}

export function renderGlobal(spec: HaSpec, frontends: readonly Frontend[], can: HaproxyFeatures): string {
  const {proxy, admin} = spec;
  const expose = can.exposeFd ? ' expose-fd listeners' : '';
  return section('global', undefined, [
    renderLog(planLog(spec, can), proxy.logFacility),
    'chroot /var/lib/haproxy',
    'user haproxy',
    'group haproxy',
    `maxconn ${proxy.connections}`,
    `stats socket ${admin.socket} user root group ${admin.group} mode 660 level admin${expose}`,
    'stats timeout 30s',
    ...(can.hardStop ? [`hard-stop-after ${findLongest(spec, frontends)}`] : []),
    ...renderTlsDefaults(spec, can),
  ]);
}

/** @returns `stdout`, a socket, or the address of a syslog. */
export const planLog = ({proxy}: HaSpec, can: HaproxyFeatures): string =>
  proxy.log ?? (can.logStdout ? 'stdout' : '127.0.0.1:514');

function renderLog(target: string, facility: string): string {
  if (target === 'stdout') return 'log stdout format short daemon info';
  const [, address, port] = /^\[(.*)\]:(\d+)$/.exec(target) ?? [];
  return `log ${address === undefined ? target : `ipv6@${address}:${port ?? ''}`} ${facility} info`;
}

/** After a reload the old process serves the connections it has, as long as one may be idle. */
function findLongest({timeouts}: HaSpec, frontends: readonly Frontend[]): string {
  const all = [timeouts.session, ...frontends.map(({timeout}) => timeout)];
  return all.reduce((longest, one) => (readDurationMs(one) > readDurationMs(longest) ? one : longest));
}

function renderTlsDefaults(
  {impala, thriftserver, hiveserver2, statistics}: HaSpec,
  can: HaproxyFeatures,
): readonly string[] {
  const isTerminated = [impala, thriftserver, hiveserver2].some(
    (service) => service?.tls.mode === 'terminate',
  );
  if (!isTerminated && (statistics === false || statistics.tls === undefined)) return [];
  // The floor is that of each bind line.
  return [
    `ssl-default-bind-options ${can.tlsVersions ? '' : 'no-sslv3 '}no-tls-tickets`,
    'tune.ssl.default-dh-param 2048',
  ];
}

/** Words of a bind line. Below 1.2 OpenSSL 3 has no ciphers at its own level of security. */
export function renderBindTls(
  {certificate, minVersion = '1.2'}: {readonly certificate: string; readonly minVersion?: string | undefined},
  can: HaproxyFeatures,
): string {
  const older = ['1.0', '1.1', '1.2'].filter((version) => version < minVersion);
  const floor = can.tlsVersions
    ? `ssl-min-ver TLSv${minVersion}`
    : ['no-sslv3', ...older.map((version) => `no-tlsv${version.replace('.', '')}`)].join(' ');
  return ` ssl crt ${certificate} ${floor}${minVersion < '1.2' ? ' ciphers DEFAULT:@SECLEVEL=0' : ''}`;
}

/** @returns What is weaker than our defaults, for the head of the file. */
export function listWeaknesses({impala, thriftserver, hiveserver2}: HaSpec): readonly string[] {
  return Object.entries({impala, thriftserver, hiveserver2}).flatMap(([name, service]) => {
    const tls = service?.tls;
    const version = tls?.mode === 'terminate' ? (tls.minVersion ?? '1.2') : '1.2';
    return version < '1.2'
      ? [`${name}: clients may speak TLS ${version}, with ciphers of that time (minVersion in the spec)`]
      : [];
  });
}

/** HAProxy takes 64 words a line. */
const networksPerLine = 20;

export function renderAllow(networks: readonly string[]): readonly string[] {
  if (networks.length === 0) return [];
  const lines = Array.from({length: Math.ceil(networks.length / networksPerLine)}, (_, index) =>
    networks.slice(index * networksPerLine, (index + 1) * networksPerLine),
  );
  return [
    ...lines.map((some) => `acl is_allowed src ${some.join(' ')}`),
    'tcp-request connection reject if !is_allowed',
  ];
}

/** IPv6 in the form that no version mistakes for a name. */
export function joinAddress(host: string, port: number): string {
  return host.includes(':') ? `ipv6@${host}:${port}` : `${host}:${port}`;
}

export function renderDefaults({proxy, timeouts}: HaSpec, can: HaproxyFeatures): string {
  const sides = ['cli', 'srv'] as const;
  return section('defaults', undefined, [
    'mode tcp',
    'log global',
    'option tcplog',
    'option dontlognull',
    ...sides.map((side) => `option ${side}tcpka`),
    ...(can.keepaliveTimes
      ? sides.flatMap((side) => [`${side}tcpka-idle 5m`, `${side}tcpka-intvl 30s`, `${side}tcpka-cnt 4`])
      : []),
    can.redispatchInterval ? 'option redispatch 1' : 'option redispatch',
    'retries 3',
    `maxconn ${proxy.connections}`,
    `timeout connect ${timeouts.connect}`,
    `timeout queue ${timeouts.queue}`,
    `timeout client ${timeouts.session}`,
    `timeout server ${timeouts.session}`,
    'timeout client-fin 30s',
    'timeout server-fin 30s',
    ...(can.initAddr ? ['default-server init-addr libc,none'] : []),
    'default-server fastinter 500ms on-marked-down shutdown-sessions',
  ]);
}

export function renderStatistics(
  {statistics, statisticsPassword}: HaSpec,
  can: HaproxyFeatures,
): readonly string[] {
  if (statistics === false) return [];
  const {bind, port, user, allow, tls} = statistics;
  const hasMetrics = statistics.prometheus && can.prometheus;
  const secure = tls === undefined ? '' : renderBindTls(tls, can);
  const where = bind.every((address) => isLoopback(address)) ? '; on this host only' : '';
  const hasLogin = user !== undefined;
  return [
    ...(hasLogin
      ? [
          section('userlist statistics', undefined, [
            // Without the file nobody gets in.
            `user ${user} password ${statisticsPassword ?? '*'}`,
          ]),
        ]
      : []),
    section(
      'frontend fe_statistics',
      `Statistics${hasMetrics ? ', and /metrics for Prometheus' : ''}${where}.`,
      [
        'mode http',
        'option httplog',
        ...bind.map((address) => `bind ${joinAddress(address, port)}${secure}`),
        'timeout client 30s',
        ...renderAllow(allow ?? []),
        ...(hasLogin ? ['http-request auth realm statistics if !{ http_auth(statistics) }'] : []),
        ...(hasMetrics ? ['http-request use-service prometheus-exporter if { path /metrics }'] : []),
        'stats enable',
        'stats uri /stats',
        'stats refresh 10s',
      ],
    ),
  ];
}
