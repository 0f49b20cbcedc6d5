// Configurations of other people's HAProxies, written anew after what is found in public: what of them a new one would lack.
import {describe, expect, test} from 'vitest';
import {
  describeSection,
  findExtraProblems,
  findForeign,
  outlineConfig,
} from '../../src/impala-ha/config-outline.ts';
import {renderConfig} from '../../src/impala-ha/render-config.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {fullSpec} from './specs.ts';

const ours = renderConfig(parseSpec(fullSpec, 'ha.yaml'));
const lost = (present: string, wanted = ours) => findForeign(present, wanted).map(describeSection);
const global =
  'global\n  daemon\n  stats socket /run/haproxy/admin.sock mode 660 level admin\ndefaults\n  mode tcp\n';

describe('what a present configuration serves and ours lacks', () => {
  test.each([
    ['only global and defaults', global, []],
    ['Hue beside Impala', `${global}listen hue\n  bind :8889\n  balance source\n`, ['listen hue: port 8889']],
    [
      'a listen of HAProxy 1.4',
      `${global}listen hiveserver2 :10000\n  mode tcp\n`,
      ['listen hiveserver2: port 10000'],
    ],
    [
      'Oozie and Solr, indented, with comments',
      `${global}  frontend oozie # old\n    bind *:11000 # all\n    default_backend oozie\n  backend oozie\n    server o1 h:11000\nlisten solr\n bind 192.0.2.1:8983,192.0.2.2:8983\n`,
      ['frontend oozie: port 11000', 'backend oozie', 'listen solr: port 8983'],
    ],
    [
      'a port that the new one has, under another name',
      `${global}listen impala\n  bind *:21050\n`,
      ['listen impala'],
    ],
    [
      'a range, a socket and TLS',
      `${global}listen many\n  bind :8000-8002\n  bind /run/x.sock\n  bind *:443 ssl crt /c.pem\n`,
      ['listen many: port 8000, 8001, 8002, 443'],
    ],
    [
      'statistics for the world',
      `${global}listen stats :1936\n  mode http\n  stats enable\n`,
      ['listen stats: port 1936'],
    ],
    [
      'users and resolvers',
      `${global}userlist admins\n  user a password x\nresolvers dns\n`,
      ['userlist admins', 'resolvers dns'],
    ],
    [
      "somebody's Impala, as the documentation has it, with a statistics page",
      `${global}listen stats :25002\n    mode http\n    stats uri /\nlisten impala :25003\n    balance leastconn\n    server n1 n1:21000\nlisten impalajdbc :21051\n    server n1 n1:21050\n`,
      ['listen stats: port 25002', 'listen impala: port 25003', 'listen impalajdbc'],
    ],
    [
      'a frontend of TLS for many',
      `${global}frontend in\n  bind 192.0.2.1:443 ssl crt /c.pem alpn h2\n  bind [2001:db8::1]:443 ssl crt /c.pem\n`,
      ['frontend in: port 443'],
    ],
    [
      'tabs, and an end of line of Windows',
      `${global}listen\thue\r\n\tbind\t:8889\r\n`,
      ['listen hue: port 8889'],
    ],
    ['nothing at all', '', []],
  ])('%s', (_name, present, expected) => expect(lost(present)).toEqual(expected));

  test('sections of our own are ours to change, those below them are not', () => {
    const without = ours
      .replaceAll('fe_hue', 'fe_gone')
      .replaceAll('be_hue', 'be_gone')
      .replaceAll('21051', '21059');
    expect(lost(`${ours}\nlisten hue\n  bind :8889\n`, without)).toEqual(['listen hue: port 8889']);
  });
});

test('an outline knows the runtime socket', () =>
  expect(outlineConfig(global).socket).toBe('/run/haproxy/admin.sock'));

describe('a file of sections of an own', () => {
  test.each([
    ['listen hue\n  bind :8889\n', []],
    ['# Oozie\ndefaults\n  mode http\nlisten oozie\n  bind :11000\n', []],
    ['global\n  user nobody\n', [expect.stringContaining('global is that of impala-ha')]],
    ['  timeout client 1s\nlisten a\n', [expect.stringContaining('it has timeout outside of a section')]],
    ['listen a\n  bind :21050\n', ["listen a: port 21050 is already one of the spec's"]],
    ['backend be_hs2\n', ['backend be_hs2: names that begin with fe_ or be_ are those of impala-ha']],
  ])('%j', (text, expected) => expect(findExtraProblems(text, [21050])).toEqual(expected));
});
