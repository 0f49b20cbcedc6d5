// What Hue, beeline and Hive's JDBC are told of the proxy's ports for Impala, Thriftservers and HiveServer2. Pure.
import {quoteCommand} from '../core/quote.ts';
import type {ClientSetting} from './client-kerberos.ts';
import type {Frontend, FrontendKind} from './frontends.ts';
import {hasTls, proxyAt} from './proxy-address.ts';
import type {HaSpec, HiveService} from './spec-schema.ts';

type Find = (kind: FrontendKind) => Frontend | undefined;

const services = ['thriftserver', 'hiveserver2'] as const;
const names: Readonly<Record<HiveService, string>> = {
  thriftserver: 'Spark Thriftservers',
  hiveserver2: 'HiveServer2',
};
/** hue.ini's section and the keys in it. */
const hueKeys: Readonly<Record<HiveService, readonly [string, string, string]>> = {
  thriftserver: ['[spark]', 'sql_server_host', 'sql_server_port'],
  hiveserver2: ['[beeswax]', 'hive_server_host', 'hive_server_port'],
};

export function planHue(spec: HaSpec, find: Find): readonly ClientSetting[] {
  const {proxy, kerberos, impala} = spec;
  const hue = find('hue');
  const forImpala =
    hue === undefined
      ? []
      : [
          {
            what: 'hue.ini, or the safety valve hue_safety_valve.ini in Cloudera Manager:',
            value: [
              '[impala]',
              `server_host=${proxy.host}`,
              `server_port=${hue.port}`,
              ...(kerberos === undefined
                ? []
                : [`impala_principal=${kerberos.impala}/${proxy.host}@${kerberos.realm}`]),
              ...(hasTls(impala?.tls) ? ['[[ssl]]', 'enabled=true', 'cacerts=/path/to/ca.pem'] : []),
            ].join('\n'),
            note: 'this port and no other: Hue spreads one session over ten connections, which must all reach one coordinator',
          },
        ];
  const forHive = services.flatMap((service) => {
    const frontend = find(`${service}-hue`);
    if (frontend === undefined) return [];
    const [section, host, port] = hueKeys[service];
    return [
      {
        what: `hue.ini, for ${service === 'thriftserver' ? 'the Thriftservers' : names[service]}:`,
        value: [section, `${host}=${proxy.host}`, `${port}=${frontend.port}`].join('\n'),
        note: 'this port and no other, for the same reason',
      },
    ];
  });
  return [...forImpala, ...forHive];
}

export function planBeeline(spec: HaSpec, find: Find): readonly ClientSetting[] {
  return services.flatMap((service) => planOne(spec, service, find(service), find(`${service}-http`)));
}

function planOne(
  spec: HaSpec,
  service: HiveService,
  binary: Frontend | undefined,
  http: Frontend | undefined,
): readonly ClientSetting[] {
  const {kerberos, proxy} = spec;
  const hive = spec[service];
  if (hive === undefined) return [];
  const isKerberos = hive.authentication === 'kerberos' && kerberos !== undefined;
  const words = [
    ...(isKerberos ? [`principal=${kerberos[service]}/${proxy.host}@${kerberos.realm}`] : []),
    ...(hasTls(hive.tls) ? ['ssl=true', 'sslTrustStore=/path/to/truststore.jks'] : []),
  ];
  const line = (frontend: Frontend, ...more: readonly string[]): string => {
    const url = [`jdbc:hive2://${proxyAt(spec, frontend)}/default`, ...more, ...words].join(';');
    return quoteCommand(['beeline', '-u', url, ...(hive.authentication === 'plain' ? ['-n', 'user'] : [])]);
  };
  return [
    ...(binary === undefined
      ? []
      : [
          {
            what: `${names[service]}:`,
            value: line(binary, ...(hive.authentication === 'nosasl' ? ['auth=noSasl'] : [])),
            note: 'a session lives and dies with its connection: after a cut, !reconnect and the SETs again',
          },
        ]),
    ...(http === undefined
      ? []
      : [
          {
            what: `${names[service]} over HTTP:`,
            value: line(http, 'transportMode=http', `httpPath=${hive.httpPath.replace(/^\//, '')}`),
          },
        ]),
  ];
}
