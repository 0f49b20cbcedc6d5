// Principals, flags and keytabs for daemons behind the proxy: clients ask for a ticket for the name that they typed. Pure.
import {quoteCommand, quoteWord} from '../core/quote.ts';
import type {HaSpec} from './spec-schema.ts';

export interface ClientSetting {
  /** What it is for, or where it goes. */
  readonly what: string;
  /** To be copied as it is; lines of a file, or one command a line. */
  readonly value: string;
  readonly note?: string;
}

/** @returns Empty without Kerberos in the spec. */
export function planKerberos(spec: HaSpec): readonly ClientSetting[] {
  const {kerberos, impala, proxy} = spec;
  if (kerberos === undefined) return [];
  const hives = (['thriftserver', 'hiveserver2'] as const).flatMap((service) => {
    const hive = spec[service];
    return hive?.authentication === 'kerberos'
      ? [{service, primary: kerberos[service], hosts: hive.servers.map(({host}) => host)}]
      : [];
  });
  const of = (primary: string, host: string): string => `${primary}/${host}@${kerberos.realm}`;
  const services = [
    ...(impala === undefined
      ? []
      : [{primary: kerberos.impala, hosts: impala.coordinators.map(({host}) => host)}]),
    // Of one name, such as hive, for both services: one keytab.
    ...hives.filter(({primary}, index) => hives.findIndex((other) => other.primary === primary) === index),
  ];
  return [
    {
      what: 'On the KDC, once: a principal and a keytab for the name of the proxy:',
      value: services
        .flatMap(({primary}) => [
          quoteCommand(['kadmin.local', '-q', `addprinc -randkey ${of(primary, proxy.host)}`]),
          quoteCommand([
            'kadmin.local',
            '-q',
            `ktadd -norandkey -k ${primary}-proxy.keytab ${of(primary, proxy.host)}`,
          ]),
        ])
        .join('\n'),
      note: 'the name must be what reverse DNS gives for the address of the proxy; -norandkey keeps keys that are in use. By its documentation Cloudera Manager does this and the next two steps itself once its load balancer is set; not tried with one',
    },
    ...services.map(({primary}) => ({
      what: `On every daemon's host: both keys in one keytab (${primary}):`,
      value: mergeKeytabs(`${primary}.keytab`, `${primary}-proxy.keytab`, `${primary}-merged.keytab`),
    })),
    ...(impala === undefined
      ? []
      : impala.coordinators.map(({name, host}) => ({
          what: `Flags of impalad on ${name}:`,
          value: [
            `--principal=${of(kerberos.impala, proxy.host)}`,
            `--be_principal=${of(kerberos.impala, host)}`,
            `--keytab_file=/path/to/${kerberos.impala}-merged.keytab`,
          ].join('\n'),
        }))),
    ...hives.map(({service, primary}) => ({
      what: `hive-site.xml of ${service === 'thriftserver' ? 'the Thriftservers' : 'HiveServer2'}:`,
      value: [
        `hive.server2.authentication.kerberos.principal=${of(primary, proxy.host)}`,
        `hive.server2.authentication.kerberos.keytab=/path/to/${primary}-merged.keytab`,
      ].join('\n'),
    })),
  ];
}

/** ktutil reads its commands from its input. */
function mergeKeytabs(own: string, ofProxy: string, merged: string): string {
  const steps = [`rkt ${own}`, `rkt ${ofProxy}`, `wkt ${merged}`].map(quoteWord).join(' ');
  return `printf '%s\\n' ${steps} | ktutil\n${quoteCommand(['klist', '-kt', merged])}`;
}
