// The sections of haproxy.cfg that are the same for every daemon: global, defaults, statistics. Pure.
import type {Frontend} from './frontends.ts';
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
    renderLog(proxy.log ?? (can.logStdout ? 'stdout' : '127.0.0.1:514')),
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

function renderLog(target: string): string {
  return target === 'stdout' ? 'log stdout format short daemon info' : `log ${target} local2 info`;
}

/** After a reload the old process serves the connections it has, as long as one may be idle. */
function findLongest({timeouts}: HaSpec, frontends: readonly Frontend[]): string {
  const all = [timeouts.session, ...frontends.map(({timeout}) => timeout)];
  return all.reduce((longest, one) => (readDurationMs(one) > readDurationMs(longest) ? one : longest));
}

function renderTlsDefaults({impala, thriftserver}: HaSpec, can: HaproxyFeatures): readonly string[] {
  if (impala?.tls.mode !== 'terminate' && thriftserver?.tls.mode !== 'terminate') return [];
  return [
    can.tlsVersions
      ? 'ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets'
      : 'ssl-default-bind-options no-sslv3 no-tls-tickets',
    'tune.ssl.default-dh-param 2048',
  ];
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

export function renderStatistics({statistics}: HaSpec, can: HaproxyFeatures): readonly string[] {
  if (statistics === false) return [];
  const hasMetrics = statistics.prometheus && can.prometheus;
  return [
    section(
      'frontend fe_statistics',
      `Statistics${hasMetrics ? ', and /metrics for Prometheus' : ''}; on this host only.`,
      [
        'mode http',
        'option httplog',
        `bind 127.0.0.1:${statistics.port}`,
        'timeout client 30s',
        ...(hasMetrics ? ['http-request use-service prometheus-exporter if { path /metrics }'] : []),
        'stats enable',
        'stats uri /stats',
        'stats refresh 10s',
      ],
    ),
  ];
}
