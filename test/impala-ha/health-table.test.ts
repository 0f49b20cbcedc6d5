// Every combination of daemon, TLS, web UI and login that a spec can say, before a real HAProxy: what works is up, what
// stopped or froze is down. Other HAProxies than that of this host: HAPROXIES=/path/to/one,/path/to/another.
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createConnection} from 'node:net';
import {text as readAll} from 'node:stream/consumers';
import semver from 'semver';
import {describe, expect, test} from 'vitest';
import {renderConfig, withHaproxyVersion} from '../../src/impala-ha/render-config.ts';
import {isUp, parseServers} from '../../src/impala-ha/runtime-socket.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {findHaproxyVersion} from '../../src/impala-ha/versions.ts';
import {http, sasl, silent, startDaemon, thrift, type Daemon} from './daemons.ts';
import {exec, hasHaproxy, withFolder, writeCertificate} from './haproxy.ts';

const hostOf = (index: number): string => `127.77.14.${index + 1}`;
const names = ['works', 'stopped', 'frozen'] as const;
const binaries = process.env.HAPROXIES?.split(',') ?? ['haproxy'];
const isRoot = process.getuid?.() === 0;

interface Kind {
  readonly tls: 'none' | 'passthrough' | 'terminate' | 'both';
  readonly webTls: boolean;
  readonly authentication: 'plain' | 'nosasl' | 'kerberos';
}

/** The daemons of one combination: three of each, at fixed addresses and any port. */
async function startDaemons({tls, webTls, authentication}: Kind, pem: string) {
  const inner = tls === 'passthrough' || tls === 'both' ? pem : undefined;
  const start = async (answer: Parameters<typeof startDaemon>[2], secret?: string) => {
    const first = await startDaemon(hostOf(0), 0, answer, secret);
    return [
      first,
      await startDaemon(hostOf(1), first.port, answer, secret),
      await startDaemon(hostOf(2), first.port, answer, secret),
    ] as const;
  };
  const all = {
    web: await start(http('200 OK'), webTls ? pem : undefined),
    hs2: await start(silent, inner),
    binary: await start(authentication === 'nosasl' ? thrift : sasl, inner),
    http: await start(http('401 Unauthorized'), inner),
  };
  const portOf = (which: keyof typeof all): number => all[which][0].port;
  const every = (index: number): readonly Daemon[] => Object.values(all).map((three) => three[index]!);
  return {portOf, every};
}

type PortOf = (which: 'web' | 'hs2' | 'binary' | 'http') => number;

function renderSpec(kind: Kind, portOf: PortOf, bind: string, folder: string, pem: string): string {
  const tls = {
    none: '{mode: none}',
    passthrough: '{mode: passthrough}',
    terminate: `{mode: terminate, certificate: ${pem}}`,
    both: `{mode: terminate, certificate: ${pem}, backends: tls}`,
  }[kind.tls];
  const checks = 'checks: {interval: 500ms, timeout: 1s, fall: 2, rise: 1}';
  return `
proxy: {host: lb, bind: [${bind}], log: '127.0.0.1:514'}
impala:
  version: '3.4.0'
  coordinators: [${names.map((name, index) => `{name: ${name}, host: ${hostOf(index)}, ports: {hs2: ${portOf('hs2')}, web: ${portOf('web')}}}`).join(', ')}]
  frontends: {hs2: {port: 31050}, hue: false, beeswax: false}
  webTls: ${kind.webTls}
  tls: ${tls}
  ${checks}
thriftserver:
  authentication: ${kind.authentication}
  servers:
${names.map((name, index) => `    - {name: t${name}, host: ${hostOf(index)}, port: ${portOf('binary')}}`).join('\n')}
${names.map((name, index) => `    - {name: h${name}, host: ${hostOf(index)}, port: ${portOf('http')}, transport: http}`).join('\n')}
  frontends: {binary: {port: 31015}, hue: false, http: {port: 31001}}
  tls: ${tls}
  ${checks}
statistics: false
admin: {socket: ${folder}/admin.sock, group: root}
`;
}

async function readStates(socketPath: string): Promise<Readonly<Record<string, string>>> {
  const socket = createConnection(socketPath);
  socket.write('show stat\n');
  const servers = parseServers(await readAll(socket));
  return Object.fromEntries(
    servers.map((server) => [
      `${server.backend}/${server.server}`,
      isUp(server) && server.status === 'UP' && !server.check.includes('INI')
        ? 'up'
        : server.status === 'DOWN'
          ? 'down'
          : '-',
    ]),
  );
}

const expectStates = (of: (name: (typeof names)[number]) => string) =>
  Object.fromEntries(
    [
      ['be_hs2', ''],
      ['be_thriftserver', 't'],
      ['be_thriftserver_http', 'h'],
    ].flatMap(([backend, prefix]) => names.map((name) => [`${backend}/${prefix}${name}`, of(name)])),
  );

async function runOne(binary: string, version: string, kind: Kind, bind: string, pem: string): Promise<void> {
  await withFolder(async (folder) => {
    const {portOf, every} = await startDaemons(kind, pem);
    const file = join(folder, 'haproxy.cfg');
    const spec = withHaproxyVersion(
      parseSpec(renderSpec(kind, portOf, bind, folder, pem), 'ha.yaml'),
      version,
    );
    await writeFile(file, renderConfig(spec));
    await exec([binary, '-D', '-f', file, '-p', join(folder, 'pid')]);
    const pid = Number((await readFile(join(folder, 'pid'), 'utf8')).trim());
    try {
      const states = () => readStates(join(folder, 'admin.sock'));
      await expect.poll(states, {timeout: 30_000}).toEqual(expectStates(() => 'up'));
      for (const daemon of every(1)) daemon.stop();
      for (const daemon of every(2)) daemon.freeze();
      await expect
        .poll(states, {timeout: 30_000})
        .toEqual(expectStates((name) => (name === 'works' ? 'up' : 'down')));
    } finally {
      process.kill(pid);
    }
  });
}

const all = (['none', 'passthrough', 'terminate', 'both'] as const).flatMap((tls) =>
  [false, true].flatMap((webTls) =>
    (['plain', 'nosasl', 'kerberos'] as const).map((authentication) => ({tls, webTls, authentication})),
  ),
);

describe.skipIf(!hasHaproxy || !isRoot).each(binaries)('%s', (binary) => {
  // As this version wants it, and as the oldest with the same keywords wants it, unless it is older still.
  test.each(['its own', '2.1', '1.7'])(
    'rendered for %s: up when up, down when stopped or frozen',
    {timeout: 300_000},
    async (wanted) => {
      const {stdout} = await exec([binary, '-v']);
      const own = findHaproxyVersion(stdout) ?? '';
      if (wanted !== 'its own' && semver.lt(semver.coerce(own) ?? own, semver.coerce(wanted) ?? wanted))
        return;
      const version = wanted === 'its own' ? own : wanted;
      const isPlain = (await exec([binary, '-vv'])).stdout.includes('Built without OpenSSL');
      const kinds = all.filter(({tls, webTls}) => !isPlain || (tls === 'none' && !webTls));
      await withFolder(async (folder) => {
        const pem = await writeCertificate(folder);
        const left = [...kinds.entries()];
        // Each waits for its checks most of the time; so some at once.
        const work = async (): Promise<void> => {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            const [index, kind] = next;
            try {
              await runOne(binary, version, kind, `127.77.15.${index + 1}`, pem);
            } catch (error) {
              throw new Error(`${JSON.stringify(kind)}, HAProxy ${version}: ${String(error)}`, {
                cause: error,
              });
            }
          }
        };
        await Promise.all(Array.from({length: 6}, work));
      });
    },
  );
});
