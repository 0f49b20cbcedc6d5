// Three daemons on loopback, each with Beeswax, HiveServer2, a Thriftserver port and /healthz, before them a HAProxy.
// Knows how they are started, stopped, frozen, and what HAProxy logs of each connection; measures nothing.
import {spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath, URL} from 'node:url';
import {systemClock} from '../lib/core/clock.js';
import {createExec} from '../lib/core/exec.js';
import {applySpec} from '../lib/impala-ha/run-apply.js';
import {planFrontends} from '../lib/impala-ha/frontends.js';
import {renderConfig, withHaproxyVersion} from '../lib/impala-ha/render-config.js';
import {createProxySocket} from '../lib/impala-ha/runtime-access.js';
import {readServers} from '../lib/impala-ha/runtime-socket.js';
import {parseSpec} from '../lib/impala-ha/spec.js';
import {openHost} from '../lib/remote/open-host.js';

const backendScript = fileURLToPath(new URL('../test/support/ha-backend.mjs', import.meta.url));
export const net = '127.77.230';
export const proxy = `${net}.1`;
export const addresses = [11, 12, 13].map((last) => `${net}.${last}`);
export const names = ['impalad1', 'impalad2', 'impalad3'];
export const ports = {beeswax: 21000, hs2: 21050, hue: 21051, thriftserver: 10015};
/** The literal article on another address: no check, no redispatch, one port. */
export const articleAddress = `${net}.2`;

export async function startDaemon(index, {isExecutor = false} = {}) {
  const host = addresses[index];
  const words = isExecutor
    ? [backendScript, names[index], host, '29999', '--web', '25000']
    : [
        backendScript,
        names[index],
        host,
        '21050',
        '--also',
        '21000',
        '--also',
        '10015:sasl',
        '--web',
        '25000',
      ];
  const child = spawn(process.execPath, words, {stdio: ['ignore', 'pipe', 'inherit']});
  await once(child.stdout, 'data');
  return {
    child,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The same with a check that only connects, and a dead daemon's clients given to another. */
export const checkedAddress = `${net}.3`;

const specText = (folder, interval, logPort) => `
proxy: {host: ${proxy}, bind: [${proxy}], log: 127.0.0.1:${logPort}}
impala:
  version: '4.4.0'
  coordinators:
${names.map((name, index) => `    - {name: ${name}, host: ${addresses[index]}}`).join('\n')}
  frontends: {beeswax: {balance: roundrobin}}
  checks: {interval: ${interval}}
thriftserver:
  servers:
${names.map((_, index) => `    - {name: sts${index + 1}, host: ${addresses[index]}}`).join('\n')}
  frontends: {hue: false}
  checks: {interval: ${interval}}
statistics: false
admin: {socket: ${folder}/admin.sock, group: root}
`;

const articleText = `global
    maxconn 4000
defaults
    mode tcp
    retries 3
    timeout connect 50000s
    timeout client 50000s
    timeout server 50000s
    maxconn 3000
frontend main
    bind ${articleAddress}:5000
    default_backend app
backend app
    balance roundrobin
${addresses.map((address, index) => `    server app${index + 1} ${address}:21050`).join('\n')}
frontend checked
    bind ${checkedAddress}:5000
    default_backend checked
backend checked
    balance roundrobin
    option redispatch 1
    default-server inter 2s fall 2 rise 2
${addresses.map((address, index) => `    server app${index + 1} ${address}:21050 check`).join('\n')}
`;

/** Of one connection: its port at the client, the daemon, and how it ended; `--` is well. See HAProxy's manual, 8.5. */
const logLine = /:(\d+) \[[^\]]+\] (\S+) (\S+)\/(\S+) (\S+) \d+ (\S\S) /;

async function openLog() {
  const socket = createSocket('udp4');
  const connections = [];
  socket.on('message', (message) => {
    const [, port, frontend, backend, server, times, end] = logLine.exec(message.toString()) ?? [];
    if (port !== undefined) connections.push({port: Number(port), frontend, backend, server, times, end});
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {port: socket.address().port, connections, close: () => socket.close()};
}

export async function openScene() {
  const folder = await mkdtemp('/tmp/ha-bench-');
  const host = await openHost('localhost', {exec: createExec(process.env), env: process.env, home: folder});
  const installation = {
    config: join(folder, 'haproxy.cfg'),
    pidFile: join(folder, 'pid'),
    service: 'process',
  };
  const socket = createProxySocket(host, join(folder, 'admin.sock'));
  const article = join(folder, 'article.cfg');
  await host.writeFile(article, articleText);
  const log = await openLog();
  const specOf = (interval = '2s') => parseSpec(specText(folder, interval, log.port), 'bench');
  const apply = (interval, render = renderConfig) => {
    const spec = specOf(interval);
    return applySpec(
      {
        host,
        socket,
        spec,
        frontends: planFrontends(spec),
        installation,
        render: (version) => render(withHaproxyVersion(spec, version)),
        isDryRun: false,
        isForced: false,
        isReplacing: false,
        onNote: () => undefined,
      },
      {clock: systemClock, signal: new globalThis.AbortController().signal, onStep: () => undefined},
    );
  };
  await host.run(['haproxy', '-D', '-f', article, '-p', join(folder, 'article.pid')]);
  const stopAll = async () => {
    for (const name of ['pid', 'article.pid']) {
      const pid = Number((await readFile(join(folder, name), 'utf8').catch(() => '0')).split('\n')[0]);
      if (pid > 0) process.kill(pid, 'SIGTERM');
    }
    await delay(2_000);
    log.close();
    await rm(folder, {recursive: true, force: true});
  };
  /** Waits until a daemon has this status in all backends that match. */
  const waitFor = async (index, word, isOurs = () => true, limitMs = 30_000) => {
    const start = performance.now();
    for (;;) {
      const own = (await readServers(socket)).filter(
        ({server, backend}) => (server === names[index] || server === `sts${index + 1}`) && isOurs(backend),
      );
      if (own.every(({status}) => status === word)) return (performance.now() - start) / 1_000;
      if (performance.now() - start > limitMs) return undefined;
      await delay(50);
    }
  };
  const stickyBackends = planFrontends(specOf()).filter(({isSticky}) => isSticky);
  const {connections} = log;
  return {folder, host, socket, apply, specOf, stopAll, waitFor, stickyBackends, installation, connections};
}
