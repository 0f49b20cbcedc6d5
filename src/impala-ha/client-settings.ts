// What to change in the clients, and on the daemons for Kerberos, so that everybody comes through the proxy. Pure.
import {quoteCommand} from '../core/quote.ts';
import {planBeeline, planHue} from './client-hive.ts';
import {planKerberos, type ClientSetting} from './client-kerberos.ts';
import {planFrontends, type Frontend, type FrontendKind} from './frontends.ts';
import {planKerberosWords} from './impala-shell.ts';
import {hasTls, joinHost, proxyAt} from './proxy-address.ts';
import type {HaSpec} from './spec-schema.ts';

export interface ClientSettings {
  readonly client: string;
  readonly settings: readonly ClientSetting[];
}

/** @returns Only clients that the frontends of this spec serve. */
export function planClients(spec: HaSpec, frontends = planFrontends(spec)): readonly ClientSettings[] {
  const find = (kind: FrontendKind): Frontend | undefined =>
    frontends.find((frontend) => frontend.kind === kind);
  const all: readonly ClientSettings[] = [
    {client: 'Cloudera Manager', settings: planClouderaManager(spec, find('hs2'), find('beeswax'))},
    {client: 'Hue', settings: planHue(spec, find)},
    {client: 'impala-shell', settings: planImpalaShell(spec, find('hs2'), find('beeswax'))},
    {client: 'JDBC', settings: planJdbc(spec, find('hs2'))},
    {client: 'ODBC', settings: planOdbc(spec, find('hs2'))},
    {client: 'impyla', settings: planImpyla(spec, find('hs2'))},
    {client: 'Impala over HTTP', settings: planImpalaHttp(spec, find('impala-http'))},
    {client: 'beeline and Hive JDBC', settings: planBeeline(spec, find)},
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

/** Impala itself redirects nobody: the value tells Hue and Impala's own pages where clients go. With Beeswax alone, its port. */
function planClouderaManager(
  spec: HaSpec,
  hs2: Frontend | undefined,
  beeswax: Frontend | undefined,
): readonly ClientSetting[] {
  const frontend = hs2 ?? beeswax;
  if (frontend === undefined) return [];
  return [
    {
      what: 'Impala → Configuration → Impala Daemons Load Balancer (impalad_load_balancer):',
      value: proxyAt(spec, frontend),
      note: 'set it on the Impala service and in every role group of Impala Daemons that shows it: public clients of its API use the one or the other; then restart Impala, and Hue',
    },
  ];
}

function renderShellCommand({kerberos, impala}: HaSpec, words: readonly string[]): string {
  return quoteCommand([
    'impala-shell',
    ...words,
    ...(kerberos === undefined ? [] : planKerberosWords(kerberos.impala)),
    ...(hasTls(impala?.tls) ? ['--ssl', '--ca_cert=/path/to/ca.pem'] : []),
  ]);
}

/** impala-shell knows HiveServer2 since 3.4 (--protocol), and prefers it since 4.0. */
function speaksBeeswax(version: string | undefined): boolean {
  const [major = 4, minor = 0] = (version ?? '4.0').split('.').map(Number);
  return major < 3 || (major === 3 && minor < 4);
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
            // Before 3.4 a shell speaks Beeswax, and would wait for ever at the port of HiveServer2.
            value: shell(
              '-b',
              proxy.host,
              '-i',
              joinHost(first.host, speaksBeeswax(impala?.version) ? first.ports.beeswax : first.ports.hs2),
            ),
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
