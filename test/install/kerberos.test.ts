import {describe, expect, test} from 'vitest';
import {planInstall, type PlanInput} from '../../src/install/install-plan.ts';
import {findKerberos, findKerberosProblems, renderKerberosSettings} from '../../src/install/kerberos.ts';
import type {NodeFacts} from '../../src/install/node-facts.ts';
import {checkKeytab, checkPrincipal, type InstallRequest} from '../../src/install/node-settings.ts';
import {facts, files, place, request} from './facts.ts';

const keytab = '/etc/security/keytabs/hive.keytab';
const own = 'hive/node1.example.com@EXAMPLE.COM';
const balancer = 'hive/sql.example.com@EXAMPLE.COM';
const node = (server: Partial<NodeFacts['server']> = {}, hostName = 'Node1.example.com'): NodeFacts => ({
  ...facts,
  hostName,
  server: {
    ...facts.server,
    authentication: 'KERBEROS',
    principal: 'hive/_HOST@EXAMPLE.COM',
    keytab,
    keytabPrincipals: [own],
    ...server,
  },
});
const look = (server: Partial<NodeFacts['server']>, asked: Partial<InstallRequest> = {}): string =>
  findKerberosProblems(node(server), {...request, ...asked})
    .map(({message, hint}) => `${message} ${hint}`)
    .join('\n');

describe('the login', () => {
  test("is that of hive-site.xml, with the node's own name in place of _HOST", () => {
    expect(findKerberos(request, node())).toEqual({keytab, principal: own});
    expect(look({})).toBe('');
  });

  test('--principal goes first: the one of the balancer', () => {
    expect(findKerberos({...request, principal: balancer}, node())).toEqual({keytab, principal: balancer});
    expect(look({keytabPrincipals: [own, balancer]}, {principal: balancer})).toBe('');
  });

  test('none without Kerberos; with --keytab one to the cluster, for clients of LDAP', () => {
    const ldap = {authentication: 'LDAP', principal: undefined, keytab: undefined};
    expect(findKerberos(request, node(ldap))).toBeUndefined();
    expect(look(ldap)).toBe('');
    expect(findKerberos({keytab, principal: own}, node({...ldap, keytab}))).toEqual({keytab, principal: own});
  });

  test('on a secure cluster always: without it the server does not start, whoever its clients are', () => {
    const ldap = {authentication: 'LDAP', isSecure: true};
    expect(findKerberos(request, node(ldap))).toEqual({keytab, principal: own});
    expect(look({...ldap, keytab: undefined})).toMatch(
      /hadoop\.security\.authentication is kerberos there, and no keytab/,
    );
  });
});

test.each<readonly [string, Partial<NodeFacts['server']>, Partial<InstallRequest>, RegExp]>([
  ['no keytab', {keytab: undefined}, {}, /KERBEROS there, and no keytab.*--keytab/],
  ['no principal', {principal: undefined}, {}, /no principal.*--principal hive\/_HOST@REALM/],
  ['a keytab that is absent', {keytabState: 'absent'}, {}, /has no keytab \/etc\/security/],
  ['a file that is no keytab', {keytabState: 'invalid'}, {}, /hive\.keytab is not a keytab\. .*ktadd/],
  ['a keytab of another user', {keytabState: 'unreadable'}, {}, /hive cannot read the keytab .*chown hive/],
  [
    'a keytab of one start',
    {keytab: '/var/run/cloudera-scm-agent/process/12-hive-HIVESERVER2/hive.keytab'},
    {},
    /one start of HiveServer2/,
  ],
  [
    'a keytab of somebody else',
    {},
    {principal: balancer},
    /no key of hive\/sql\.example\.com@EXAMPLE\.COM; it has those of hive\/node1/,
  ],
  ['--keytab without a principal', {authentication: 'NONE', principal: undefined}, {keytab}, /no principal/],
])('%s is a problem', (_name, server, asked, expected) => {
  expect(look(server, asked)).toMatch(expected);
});

test('a node without klist cannot tell whose keys they are, which is no problem', () => {
  expect(look({keytabPrincipals: []})).toBe('');
});

describe('what becomes of it', () => {
  const input: PlanInput = {
    request,
    facts: node(),
    place,
    manifest: {files, release: 'cdh5.7.0'},
    sums: 'sums',
    scripts: {control: '', server: ''},
  };

  test('the overlay: settings for start, and a beeline command with the principal, without a user', () => {
    expect(renderKerberosSettings(request, node())).toEqual([
      `kerberos_keytab=${keytab}`,
      `kerberos_principal=${own}`,
    ]);
    const {entries, next} = planInstall(input);
    const settings = entries.find(({path}) => path === 'version/conf/thriftserver.sh');
    expect((settings as {text: string}).text).toContain(`\nkerberos_principal=${own}\n`);
    expect(next.at(-1)).toMatch(
      /beeline -u 'jdbc:hive2:\/\/node1\.example\.com:10015\/;principal=hive\/node1\.example\.com@EXAMPLE\.COM' -e 'show tables'$/i,
    );
  });

  test('the recipe: the same words in its command, those of Spark first', () => {
    const {next} = planInstall({...input, request: {...request, layout: 'recipe'}});
    expect(next[0]).toContain(`start-thriftserver.sh --keytab ${keytab} --principal ${own} --hiveconf`);
    expect(next[0]).toContain(`--hiveconf hive.server2.authentication.kerberos.principal=${own}`);
    expect(next[1]).toContain(`;principal=${own}`);
  });
});

test('what is no principal of a service, and no path on the node', () => {
  for (const bad of ['hive', 'hive@EXAMPLE.COM', 'hive/h', "hive/h@E'", 'a b/h@E', ''])
    expect(() => checkPrincipal(bad), bad).toThrow(expect.objectContaining({exitCode: 2}));
  for (const bad of ['hive.keytab', '/a b', '/x;id', ''])
    expect(() => checkKeytab(bad), bad).toThrow(expect.objectContaining({exitCode: 2}));
  expect(checkPrincipal('hive/_HOST@EXAMPLE.COM')).toBe('hive/_HOST@EXAMPLE.COM');
});
