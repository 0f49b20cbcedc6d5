// What to change in the clients, and on the daemons for Kerberos, so that everybody comes through the proxy. Pure.
import {quoteCommand} from '../core/quote.ts';
import {planKerberos, type ClientSetting} from './client-kerberos.ts';
import {planFrontends, type Frontend, type FrontendKind} from './frontends.ts';
import {planKerberosWords} from './impala-shell.ts';
import type {HaSpec, TlsSpec} from './spec-schema.ts';

export interface ClientSettings {
  readonly client: string;
  readonly settings: readonly ClientSetting[];
}

/** @returns Only clients that the frontends of this spec serve. */
export function planClients(spec: HaSpec, frontends = planFrontends(spec)): readonly ClientSettings[] {
  const find = (kind: FrontendKind): Frontend | undefined =>
    frontends.find((frontend) => frontend.kind === kind);
  const all: readonly ClientSettings[] = [
    {client: 'Cloudera Manager', settings: planClouderaManager(spec, find('hs2'))},
    {client: 'Hue', settings: planHue(spec, find('hue'), find('thriftserver'))},
    {client: 'impala-shell', settings: planImpalaShell(spec, find('hs2'), find('beeswax'))},
    {client: 'JDBC', settings: planJdbc(spec, find('hs2'))},
    {client: 'ODBC', settings: planOdbc(spec, find('hs2'))},
    {client: 'impyla', settings: planImpyla(spec, find('hs2'))},
    {client: 'Impala over HTTP', settings: planImpalaHttp(spec, find('impala-http'))},
    {
      client: 'beeline and Hive JDBC',
      settings: planBeeline(spec, find('thriftserver'), find('thriftserver-http')),
    },
    {client: 'Kerberos', settings: planKerberos(spec)},
  ];
  return all.filter(({settings}) => settings.length > 0);
}

/** As a page of plain text. */
export function renderClients(clients: readonly ClientSettings[]): string {
  const indent = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);
  return clients
    .map(({client, settings}) => {
      const parts = settings.map(({what, value, note}) =>
        [what, indent(value, '    '), ...(note === undefined ? [] : [`  (${note})`])].join('\n'),
      );
      return `${client}\n${indent(parts.join('\n'), '  ')}\n`;
    })
    .join('\n');
}

const hasTls = (tls: TlsSpec | undefined): boolean => tls !== undefined && tls.mode !== 'none';
const joinHost = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
const proxyAt = ({proxy}: HaSpec, {port}: Frontend): string => joinHost(proxy.host, port);

function planClouderaManager(spec: HaSpec, hs2: Frontend | undefined): readonly ClientSetting[] {
  if (hs2 === undefined) return [];
  return [
    {
      what: 'Impala → Configuration → Impala Daemons Load Balancer (impalad_load_balancer):',
      value: proxyAt(spec, hs2),
      note: 'set it on the Impala service and in every role group of Impala Daemons that shows it: public clients of its API use the one or the other; then restart Impala, and Hue',
    },
  ];
}

function planHue(
  spec: HaSpec,
  hue: Frontend | undefined,
  binary: Frontend | undefined,
): readonly ClientSetting[] {
  const {proxy, kerberos, impala} = spec;
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
  const forSpark =
    binary === undefined
      ? []
      : [
          {
            what: 'hue.ini, for the Thriftservers:',
            value: ['[spark]', `sql_server_host=${proxy.host}`, `sql_server_port=${binary.port}`].join('\n'),
          },
        ];
  return [...forImpala, ...forSpark];
}

function renderShellCommand({kerberos, impala}: HaSpec, words: readonly string[]): string {
  return quoteCommand([
    'impala-shell',
    ...words,
    ...(kerberos === undefined ? [] : planKerberosWords(kerberos.impala)),
    ...(hasTls(impala?.tls) ? ['--ssl', '--ca_cert=/path/to/ca.pem'] : []),
  ]);
}

function planImpalaShell(
  spec: HaSpec,
  hs2: Frontend | undefined,
  beeswax: Frontend | undefined,
): readonly ClientSetting[] {
  const {kerberos, impala, proxy} = spec;
  const shell = (...words: readonly string[]): string => renderShellCommand(spec, words);
  const [first] = impala?.coordinators ?? [];
  return [
    ...(hs2 === undefined
      ? []
      : [{what: 'impala-shell 4.0 or newer:', value: shell('-i', proxyAt(spec, hs2))}]),
    ...(hs2 === undefined
      ? []
      : [{what: 'impala-shell 3.4:', value: shell('--protocol=hs2', '-i', proxyAt(spec, hs2))}]),
    ...(beeswax === undefined
      ? []
      : [{what: 'older ones, which speak Beeswax:', value: shell('-i', proxyAt(spec, beeswax))}]),
    ...(kerberos === undefined || first === undefined
      ? []
      : [
          {
            what: 'straight to one daemon, past the proxy, from 2.12 (-b is --kerberos_host_fqdn):',
            value: shell('-b', proxy.host, '-i', joinHost(first.host, first.ports.hs2)),
            note: 'up to 2.11 a daemon whose principal is that of the proxy cannot be reached by its own name',
          },
        ]),
  ];
}

function planJdbc(spec: HaSpec, hs2: Frontend | undefined): readonly ClientSetting[] {
  if (hs2 === undefined) return [];
  const {kerberos, impala, proxy} = spec;
  const tls = hasTls(impala?.tls);
  const clouderas = [
    ...(kerberos === undefined
      ? ['AuthMech=0']
      : [
          'AuthMech=1',
          `KrbRealm=${kerberos.realm}`,
          `KrbHostFQDN=${proxy.host}`,
          `KrbServiceName=${kerberos.impala}`,
        ]),
    ...(tls ? ['SSL=1', 'SSLTrustStore=/path/to/truststore.jks'] : []),
  ];
  const hives = [
    kerberos === undefined ? 'auth=noSasl' : `principal=${kerberos.impala}/${proxy.host}@${kerberos.realm}`,
    ...(tls ? ['ssl=true', 'sslTrustStore=/path/to/truststore.jks'] : []),
  ];
  return [
    {
      what: "Cloudera's Impala driver:",
      value: `jdbc:impala://${proxyAt(spec, hs2)};${clouderas.join(';')}`,
      ...(kerberos === undefined ? {note: 'with LDAP: AuthMech=3;UID=…;PWD=…'} : {}),
    },
    {
      what: "Hive's driver:",
      value: `jdbc:hive2://${proxyAt(spec, hs2)}/default;${hives.join(';')}`,
      note: `pools: test a connection before it is lent, and let none idle longer than ${hs2.timeout}, when the proxy cuts it`,
    },
  ];
}

function planOdbc(spec: HaSpec, hs2: Frontend | undefined): readonly ClientSetting[] {
  if (hs2 === undefined) return [];
  const {kerberos, impala, proxy} = spec;
  return [
    {
      what: "odbc.ini, Cloudera's Impala driver:",
      value: [
        '[Impala]',
        `Host=${proxy.host}`,
        `Port=${hs2.port}`,
        ...(kerberos === undefined
          ? ['AuthMech=0']
          : [
              'AuthMech=1',
              `KrbRealm=${kerberos.realm}`,
              `KrbFQDN=${proxy.host}`,
              `KrbServiceName=${kerberos.impala}`,
            ]),
        ...(hasTls(impala?.tls) ? ['SSL=1', 'TrustedCerts=/path/to/ca.pem'] : []),
      ].join('\n'),
    },
  ];
}

function planImpyla(spec: HaSpec, hs2: Frontend | undefined): readonly ClientSetting[] {
  if (hs2 === undefined) return [];
  const {kerberos, impala, proxy} = spec;
  const words = [
    `host='${proxy.host}'`,
    `port=${hs2.port}`,
    ...(kerberos === undefined
      ? []
      : ["auth_mechanism='GSSAPI'", `kerberos_service_name='${kerberos.impala}'`]),
    ...(hasTls(impala?.tls) ? ['use_ssl=True', "ca_cert='/path/to/ca.pem'"] : []),
  ];
  return [
    {
      what: 'Python:',
      value: `impala.dbapi.connect(${words.join(', ')})`,
      note: 'after a coordinator died: a new cursor, and the query again',
    },
  ];
}

function planImpalaHttp(spec: HaSpec, http: Frontend | undefined): readonly ClientSetting[] {
  if (http === undefined) return [];
  return [
    {
      what: 'impala-shell 4.0 or newer:',
      value: renderShellCommand(spec, ['--protocol=hs2-http', '-i', proxyAt(spec, http)]),
    },
  ];
}

function planBeeline(
  spec: HaSpec,
  binary: Frontend | undefined,
  http: Frontend | undefined,
): readonly ClientSetting[] {
  const {thriftserver, kerberos, proxy} = spec;
  if (thriftserver === undefined) return [];
  const isKerberos = thriftserver.authentication === 'kerberos' && kerberos !== undefined;
  const words = [
    ...(isKerberos ? [`principal=${kerberos.thriftserver}/${proxy.host}@${kerberos.realm}`] : []),
    ...(hasTls(thriftserver.tls) ? ['ssl=true', 'sslTrustStore=/path/to/truststore.jks'] : []),
  ];
  const line = (frontend: Frontend, ...more: readonly string[]): string => {
    const url = [`jdbc:hive2://${proxyAt(spec, frontend)}/default`, ...more, ...words].join(';');
    return quoteCommand([
      'beeline',
      '-u',
      url,
      ...(thriftserver.authentication === 'plain' ? ['-n', 'user'] : []),
    ]);
  };
  return [
    ...(binary === undefined
      ? []
      : [
          {
            what: 'Spark Thriftservers:',
            value: line(binary, ...(thriftserver.authentication === 'nosasl' ? ['auth=noSasl'] : [])),
            note: 'a session lives and dies with its connection: after a cut, !reconnect and the SETs again',
          },
        ]),
    ...(http === undefined
      ? []
      : [
          {
            what: 'Spark Thriftservers over HTTP:',
            value: line(http, 'transportMode=http', `httpPath=${thriftserver.httpPath.replace(/^\//, '')}`),
          },
        ]),
  ];
}
