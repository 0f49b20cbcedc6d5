import {describe, expect, test} from 'vitest';
import {planClients, renderClients} from '../../src/impala-ha/client-settings.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {cdh5Spec, fullSpec, tlsSpec} from './specs.ts';

const clientsOf = (text: string) => planClients(parseSpec(text, 'ha.yaml'));
const valuesOf = (text: string, client: string): readonly string[] =>
  clientsOf(text)
    .find((one) => one.client === client)
    ?.settings.map(({value}) => value) ?? [];

test('golden: with and without Kerberos and TLS', async () => {
  await expect(renderClients(clientsOf(fullSpec))).toMatchFileSnapshot('golden/clients.txt');
  await expect(renderClients(clientsOf(tlsSpec.replaceAll('CERTIFICATE', '/c.pem')))).toMatchFileSnapshot(
    'golden/clients-secure.txt',
  );
});

describe('exact settings', () => {
  test('Cloudera Manager gets one host:port', () =>
    expect(valuesOf(fullSpec, 'Cloudera Manager')).toEqual(['impala.example.com:21050']));

  test('Hue gets its own port', () => {
    expect(valuesOf(fullSpec, 'Hue')[0]).toBe('[impala]\nserver_host=impala.example.com\nserver_port=21051');
  });

  test('an old impala-shell is sent to Beeswax only where that is open', () => {
    expect(valuesOf(cdh5Spec.replace('VERSION', '1.5'), 'impala-shell')).toContain(
      'impala-shell -i impala.example.com:21000',
    );
    const closed = fullSpec.replace('beeswax: true', 'beeswax: false');
    expect(valuesOf(closed, 'impala-shell').join('\n')).not.toContain('21000');
  });

  test('with Kerberos every principal names the proxy, and the daemons keep theirs', () => {
    const text = tlsSpec.replaceAll('CERTIFICATE', '/c.pem');
    expect(valuesOf(text, 'JDBC')[0]).toBe(
      'jdbc:impala://impala.example.com:21050;AuthMech=1;KrbRealm=EXAMPLE.COM;KrbHostFQDN=impala.example.com;KrbServiceName=impala;SSL=1;SSLTrustStore=/path/to/truststore.jks',
    );
    expect(valuesOf(text, 'beeline and Hive JDBC')[0]).toContain(
      ';principal=hive/impala.example.com@EXAMPLE.COM;',
    );
    const kerberos = valuesOf(text, 'Kerberos').join('\n');
    expect(kerberos).toContain(
      '--principal=impala/impala.example.com@EXAMPLE.COM\n--be_principal=impala/127.77.0.11@EXAMPLE.COM',
    );
    expect(kerberos).toContain(
      "printf '%s\\n' 'rkt impala.keytab' 'rkt impala-proxy.keytab' 'wkt impala-merged.keytab' | ktutil",
    );
  });

  test('impala-shell is told of a principal that is not called impala, over HTTP too', () => {
    const text = tlsSpec
      .replaceAll('CERTIFICATE', '/c.pem')
      .replace('  tls: {mode: passthrough}', '  tls: {mode: passthrough}\n  frontends: {http: true}')
      .replace('{realm: EXAMPLE.COM}', '{realm: EXAMPLE.COM, impala: impala-prod}');
    for (const client of ['impala-shell', 'Impala over HTTP'])
      for (const value of valuesOf(text, client)) expect(value).toContain(' -k -s impala-prod ');
    expect(valuesOf(text, 'Impala over HTTP')).toHaveLength(1);
  });

  test('past the proxy: -b, from 2.12', () => {
    expect(valuesOf(tlsSpec.replaceAll('CERTIFICATE', '/c.pem'), 'impala-shell').at(-1)).toBe(
      'impala-shell -b impala.example.com -i 127.77.0.11:21050 -k --ssl --ca_cert=/path/to/ca.pem',
    );
  });

  test('beeline speaks as the server does', () => {
    expect(valuesOf(cdh5Spec.replace('VERSION', '1.5'), 'beeline and Hive JDBC')).toEqual([
      "beeline -u 'jdbc:hive2://impala.example.com:10015/default;auth=noSasl'",
    ]);
    expect(valuesOf(fullSpec, 'beeline and Hive JDBC')[1]).toContain(
      'transportMode=http;httpPath=cliservice',
    );
  });
});
