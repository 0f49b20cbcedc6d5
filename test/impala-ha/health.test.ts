// A running HAProxy of this host with rendered health checks, before small daemons which work, are frozen or are not for clients.
import {createConnection} from 'node:net';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {text as readAll} from 'node:stream/consumers';
import {expect, test} from 'vitest';
import {renderConfig, withHaproxyVersion} from '../../src/impala-ha/render-config.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {findHaproxyVersion} from '../../src/impala-ha/versions.ts';
import {http, sasl, silent as frozen, startDaemon, thrift as binary, type Answer} from './daemons.ts';
import {exec, hasHaproxy, withFolder} from './haproxy.ts';

const listen = async (where: string, port: number, answer: Answer): Promise<number> =>
  (await startDaemon(where, port, answer)).port;

/** `be_hs2/name` to `UP` or `DOWN`. */
async function readStates(socketPath: string): Promise<Readonly<Record<string, string>>> {
  const socket = createConnection(socketPath);
  socket.write('show stat\n');
  const [head = '', ...rows] = (await readAll(socket)).split('\n');
  const status = head.split(',').indexOf('status');
  return Object.fromEntries(
    rows
      .map((row) => row.split(','))
      .filter(([backend = '', name = '']) => backend.startsWith('be_') && name !== 'BACKEND')
      .map((row) => [`${row[0] ?? ''}/${row[1] ?? ''}`, (row[status] ?? '').split(' ')[0] ?? '']),
  );
}

const isRoot = process.getuid?.() === 0;
const host = (index: number): string => `127.77.13.${index}`;

test.skipIf(!hasHaproxy || !isRoot)(
  'what cannot serve clients is taken out, although its port is open',
  {timeout: 60_000},
  async () =>
    withFolder(async (folder) => {
      const web = await listen(host(1), 0, http('200 OK'));
      const hs2 = await listen(host(1), 0, frozen);
      await listen(host(2), web, frozen);
      await listen(host(2), hs2, frozen);
      await listen(host(3), web, http('503 Service Unavailable'));
      await listen(host(3), hs2, frozen);
      await listen(host(4), web, http('200 OK')); // An executor: healthy, and no port for clients.
      const ports = {
        works: await listen(host(1), 0, sasl),
        frozen: await listen(host(2), 0, frozen),
        http: await listen(host(3), 0, http('401 Unauthorized')),
        frozenHttp: await listen(host(4), 0, frozen),
      };
      const coordinators = ['works', 'frozen', 'unhealthy', 'executor'].map(
        (name, index) => `{name: ${name}, host: ${host(index + 1)}, ports: {hs2: ${hs2}, web: ${web}}}`,
      );
      const socket = join(folder, 'admin.sock');
      const spec = (service: string): string => `
proxy: {host: lb, bind: [127.77.13.9], log: '127.0.0.1:514'}
${service}
statistics: false
admin: {socket: ${socket}, group: root}
`;
      const checks = 'checks: {interval: 500ms, timeout: 1s}';
      const both = spec(`
impala: {version: '4.4.0', coordinators: [${coordinators.join(', ')}], frontends: {hs2: {port: 31050}, hue: false, beeswax: false}, ${checks}}
thriftserver:
  authentication: kerberos
  servers:
    - {name: sasl, host: ${host(1)}, port: ${ports.works}}
    - {name: frozenSasl, host: ${host(2)}, port: ${ports.frozen}}
    - {name: http, host: ${host(3)}, port: ${ports.http}, transport: http}
    - {name: frozenHttp, host: ${host(4)}, port: ${ports.frozenHttp}, transport: http}
  frontends: {binary: {port: 31015}, hue: false, http: {port: 31001}}
  ${checks}`);
      expect(await findStates(folder, both, socket, 5)).toEqual({
        'be_hs2/works': 'UP',
        'be_hs2/frozen': 'DOWN',
        'be_hs2/unhealthy': 'DOWN',
        'be_hs2/executor': 'DOWN',
        'be_thriftserver/sasl': 'UP',
        'be_thriftserver/frozenSasl': 'DOWN',
        'be_thriftserver_http/http': 'UP',
        'be_thriftserver_http/frozenHttp': 'DOWN',
      });
      const nosasl = await listen(host(5), 0, binary);
      const withoutSasl = spec(`
thriftserver:
  authentication: nosasl
  servers: [{name: works, host: ${host(5)}, port: ${nosasl}}, {name: frozen, host: ${host(2)}, port: ${ports.frozen}}, {name: sasl, host: ${host(1)}, port: ${ports.works}}]
  frontends: {binary: {port: 31015}, hue: false}
  ${checks}`);
      expect(await findStates(folder, withoutSasl, socket, 2)).toEqual({
        'be_thriftserver/works': 'UP',
        'be_thriftserver/frozen': 'DOWN',
        'be_thriftserver/sasl': 'DOWN', // It waits for the rest of a SASL frame.
      });
    }),
);

/** @param down So many will be taken out, if the checks find them; all begin as UP. */
async function findStates(folder: string, text: string, socket: string, down: number) {
  const {stdout} = await exec(['haproxy', '-v']);
  const spec = withHaproxyVersion(parseSpec(text, 'ha.yaml'), findHaproxyVersion(stdout) ?? '');
  const file = join(folder, 'haproxy.cfg');
  const pidFile = join(folder, 'pid');
  await writeFile(file, renderConfig(spec));
  await exec(['haproxy', '-D', '-f', file, '-p', pidFile]);
  const pid = Number((await readFile(pidFile, 'utf8')).trim());
  try {
    for (let tries = 0; tries < 400; tries++) {
      const found = Object.values(await readStates(socket)).filter((state) => state === 'DOWN').length;
      if (found >= down) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return await readStates(socket);
  } finally {
    process.kill(pid);
  }
}
