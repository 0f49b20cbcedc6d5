// What `apply` would change on hosts that are not to be had in tests: Enterprise Linux, SELinux, each firewall.
import {expect, test} from 'vitest';
import type {ProxyFacts} from '../../src/impala-ha/apply-facts.ts';
import {planApply, planInstall, planValidation} from '../../src/impala-ha/apply-plan.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';

const specOf = (more = '', bind = '192.0.2.10') =>
  parseSpec(
    `proxy: {host: lb, bind: ['${bind}']${more}}\nthriftserver: {servers: [{name: a, host: h}]}\n`,
    'ha.yaml',
  );

/** Without HAProxy, and without anything that installs it. */
const bare: ProxyFacts = {
  system: 'Rocky Linux 9',
  service: 'systemd',
  isRunning: true,
  isEnabled: true,
  config: {text: 'wanted', mode: '644', changedAtS: 1_000, isPackaged: false},
  nowS: 5_000,
  firewall: {type: 'none'},
  unknownNames: [],
  addressesOf: new Map(),
  ownAddresses: new Set(),
  listening: new Set(),
  rsyslog: {isRunning: false, hasUdp: false},
};
const facts: ProxyFacts = {...bare, packages: 'dnf', version: '2.4.22'};

const plan = (changed: Partial<ProxyFacts>, spec = specOf(), since: number | undefined = 2_000) =>
  planApply(spec, [{port: 10015}], {...facts, ...changed}, 'wanted', since);
const commands = (changes: readonly {readonly argv: readonly string[]}[]): readonly string[] =>
  changes.map(({argv}) => argv.join(' '));

test('a host that is as it should be is left alone', () => {
  expect(plan({mayConnectAnywhere: true})).toEqual({before: [], after: []});
});

test.each([
  ['dnf', ['dnf -y install haproxy']],
  ['yum', ['yum -y install haproxy']],
] as const)('HAProxy is installed by %s', (packages, expected) => {
  const changes = planInstall({...bare, packages});
  expect(commands(changes)).toEqual(expected);
  expect(changes[0]?.remedy).toEqual([packages, 'clean', 'expire-cache']);
  expect(planInstall({...facts, packages})).toEqual([]);
});

test('where nothing installs packages, that is said', () => {
  expect(() => planInstall(bare)).toThrow(/Rocky Linux 9.*neither are apt-get, dnf and yum/);
});

test("SELinux' boolean is set where it is off, with a way back", () => {
  const {before} = plan({mayConnectAnywhere: false});
  expect(commands(before)).toEqual(['setsebool -P haproxy_connect_any 1']);
  expect(before[0]?.undo).toEqual(['setsebool', '-P', 'haproxy_connect_any', '0']);
});

test('a file that is another, or was changed since, or is not loaded', () => {
  expect(plan({config: {text: 'other', mode: '644', changedAtS: 1, isPackaged: false}}).swap).toBe('file');
  expect(plan({config: {text: 'wanted', mode: '644', changedAtS: 3_000, isPackaged: false}}).swap).toBe(
    'reload',
  );
  expect(plan({isRunning: false}).swap).toBe('start');
  expect(planApply(specOf(), [{port: 10015}], facts, 'wanted', undefined).swap).toBe('reload');
});

test('start at boot, by what starts services there', () => {
  expect(commands(plan({isEnabled: false}).after)).toEqual(['systemctl enable haproxy']);
  expect(commands(plan({isEnabled: false, service: 'process'}).after)).toEqual(['chkconfig haproxy on']);
  expect(commands(plan({isEnabled: false, service: 'process', packages: 'apt-get'}).after)).toEqual([
    'update-rc.d haproxy defaults',
  ]);
});

test('firewalld: to everybody, or to the networks that are allowed; not for a proxy of this host alone', () => {
  const shut = {firewall: {type: 'firewalld', open: new Set<string>()}} as const;
  expect(commands(plan(shut).after)).toEqual([
    'firewall-cmd --add-port=10015/tcp',
    'firewall-cmd --permanent --add-port=10015/tcp',
  ]);
  const allowed = specOf(", allow: [10.0.0.0/8, 'fd00::/8']");
  const rules = commands(plan(shut, allowed).after);
  expect(rules).toHaveLength(4);
  expect(rules[0]).toContain(
    'rule family="ipv4" source address="10.0.0.0/8" port port="10015" protocol="tcp" accept',
  );
  expect(rules[2]).toContain('rule family="ipv6" source address="fd00::/8"');
  expect(plan({firewall: {type: 'firewalld', open: new Set(['10015/tcp'])}}).after).toEqual([]);
  expect(plan(shut, specOf('', '127.0.0.1')).after).toEqual([]);
});

test('warnings fail the check of a HAProxy that can be told so', () => {
  expect(planValidation('2.4.22', '/x')).toEqual(['haproxy', '-dW', '-c', '-f', '/x']);
  expect(planValidation('1.8.27', '/x')).toEqual(['haproxy', '-c', '-f', '/x']);
});
