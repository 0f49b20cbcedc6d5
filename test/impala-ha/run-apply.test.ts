import {readdir, readFile, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {InterruptedError} from '../../src/core/errors.ts';
import {createExec} from '../../src/core/exec.ts';
import {openHiveSession} from '../../src/remote/hive-client.ts';
import {renderConfig} from '../../src/impala-ha/render-config.ts';
import {readServers, readStickTable, setServerState, isUp} from '../../src/impala-ha/runtime-socket.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {exec} from './haproxy.ts';
import {
  makeScene,
  makeShortFolder,
  proxyAddress,
  thriftBackends,
  twoThriftservers,
  type Scene,
} from './live.ts';

const target = {
  host: proxyAddress,
  port: 10015,
  login: {type: 'plain', user: 'hive', password: 'x'},
} as const;

async function query(): Promise<string> {
  const session = await openHiveSession(target, {timeoutMs: 20_000});
  const [[name = ''] = []] = await session.query('select 1');
  await session.close();
  return name;
}

const statesOf = async ({socket}: Scene): Promise<Record<string, string>> =>
  Object.fromEntries((await readServers(socket)).map(({server, status}) => [server, status]));

const start = () => makeScene(twoThriftservers, thriftBackends);

describe('applySpec', () => {
  test('starts HAProxy, finds every server up, and changes nothing the second time', async () => {
    const scene = await start();
    const first = await scene.apply();
    expect(first.changes).toEqual(['replace the configuration, start HAProxy']);
    expect(first.servers.map(({server, status}) => `${server} ${status}`)).toEqual(['sts1 UP', 'sts2 UP']);
    expect(new Set([await query(), await query()])).toEqual(new Set(['sts1', 'sts2']));
    const pid = await scene.readPid();
    const second = await scene.apply();
    expect(second.changes).toEqual([]);
    expect(await scene.readPid()).toBe(pid);
    // Nothing is left beside it: there was no file before, so there is no backup either.
    expect((await readdir(scene.folder)).sort()).toEqual(['admin.sock', 'haproxy.cfg', 'haproxy.pid']);
  });

  test('a dry run changes nothing and says what it would do', async () => {
    const scene = await start();
    const {notes, changes} = await scene.apply({isDryRun: true});
    expect(notes.join('\n')).toMatch(/would write .*haproxy\.cfg/);
    expect(notes.join('\n')).toMatch(/would run: haproxy -dW -c -f/);
    expect(changes).toEqual(['replace the configuration, start HAProxy']);
    expect(await readdir(scene.folder)).toEqual([]);
  });

  test('a server that is down is reported with its reason, and is no failure', async () => {
    const scene = await makeScene(twoThriftservers, thriftBackends.slice(0, 1));
    const {servers} = await scene.apply();
    const down = servers.find(({server}) => server === 'sts2');
    expect(down?.status).toBe('DOWN');
    expect(down?.reason).toMatch(/refused/i);
  });

  test('with no server up behind a port everything is as before, unless that was meant', async () => {
    const scene = await makeScene(twoThriftservers, []);
    await expect(scene.apply()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/No server of be_thriftserver is up:\n.*sts1.*refused/i) as string,
      hint: expect.stringMatching(/^Everything is as before.*--force/) as string,
    });
    await expect(readFile(scene.installation.config, 'utf8')).rejects.toThrow(/ENOENT/);
    const forced = await scene.apply({isForced: true});
    expect(forced.servers.map(({status}) => status)).toEqual(['DOWN', 'DOWN']);
    // Nothing is to be changed, and still nobody can be served.
    await expect(scene.apply()).rejects.toMatchObject({
      exitCode: 1,
      hint: expect.stringMatching(/^Nothing was changed/) as string,
    });
  });

  test('a daemon whose name means the proxy itself, at its port, is refused before anything is done', async () => {
    const scene = await start();
    const text = scene.specText
      .replace(`bind: [${proxyAddress}]`, 'bind: [127.0.0.1]')
      .replace(`proxy: {host: ${proxyAddress},`, 'proxy: {host: lb.example.com,')
      .replace(/host: \S+\.11,/, `host: ${hostname()},`);
    const own = await scene.host.run(['getent', 'ahosts', hostname()], {allow: 'any'});
    const address = own.stdout.split(/\s/, 1)[0] ?? '';
    const spec = parseSpec(text.replace('bind: [127.0.0.1]', `bind: ['${address}']`), 'ha.yaml');
    await expect(scene.apply({spec})).rejects.toThrow(/sts1 \(\S+ port 10015\) is the proxy itself/);
    expect(await readdir(scene.folder)).toEqual([]);
  });

  test("another's sections and ports are not given up in silence, and go on below ours", async () => {
    const scene = await start();
    const foreign = `listen hue\n    mode tcp\n    timeout client 1m\n    timeout server 1m\n    timeout connect 1s\n    bind ${proxyAddress}:8889\n    server h1 ${scene.backends[0]?.host ?? ''}:10015 check\n`;
    const before = `global\n    stats socket ${scene.folder}/other.sock mode 600 level admin\n${foreign}`;
    await writeFile(scene.installation.config, before);
    await exec(['haproxy', '-W', '-D', '-f', scene.installation.config, '-p', scene.installation.pidFile]);
    for (const isDryRun of [true, false])
      await expect(scene.apply({isDryRun})).rejects.toMatchObject({
        exitCode: 1,
        message: expect.stringMatching(
          /serves what the new configuration lacks:\n {2}listen hue: port 8889$/,
        ) as string,
        hint: expect.stringMatching(/extra: .*--replace/) as string,
      });
    expect(await readFile(scene.installation.config, 'utf8')).toBe(before);
    const spec = {...scene.spec, extraSections: foreign};
    await scene.apply({spec});
    const query = async (port: number) => {
      const session = await openHiveSession({...target, port}, {timeoutMs: 20_000});
      return session.query('select 1').finally(() => session.close());
    };
    expect(await query(8889)).toEqual([['sts1']]);
    // Its only server is up, and would not be.
    const wrong = {...scene.spec, extraSections: foreign.replace(':10015 check', ':10019 check')};
    await expect(scene.apply({spec: wrong})).rejects.toThrow(
      /no server of hue is up, although one was before/,
    );
    expect(await query(8889)).toEqual([['sts1']]);
    await expect(scene.apply()).rejects.toThrow(/listen hue: port 8889/);
    expect((await scene.apply({isReplacing: true})).changes).toHaveLength(1);
    await expect(query(8889)).rejects.toThrow();
  }, 60_000);

  test('a HAProxy before 1.8, which knows no master process, is started, reloaded and taken back', async () => {
    const folder = await makeShortFolder();
    // The words that it does not know are refused as it does: usage, exit code 1. The rest is the HAProxy of this host.
    const standIn = `#!/bin/sh
PATH=/usr/sbin:/usr/local/sbin:/usr/bin:/bin
if [ "$1" = -v ]; then echo 'HA-Proxy version 1.7.14 2021/03/31'; exit; fi
for word; do case $word in -W | -Ws | -dW) echo "HA-Proxy version 1.7.14: usage" >&2; exit 1 ;; esac; done
exec haproxy "$@"
`;
    const {OLD_HAPROXY: real} = process.env; // The path of a real one, where there is one.
    const old = real === undefined ? standIn : `#!/bin/sh\nexec '${real}' "$@"\n`;
    await writeFile(join(folder, 'haproxy'), old, {mode: 0o755});
    const oldExec = createExec({...process.env, PATH: `${folder}:${process.env.PATH ?? ''}`});
    const scene = await makeScene(twoThriftservers, thriftBackends, oldExec);
    const first = await scene.apply();
    expect(first.notes.join('\n')).toMatch(/HAProxy 1\.[5-7]\./);
    expect(first.changes).toEqual(['replace the configuration, start HAProxy']);
    const pid = await scene.readPid();
    const held = await openHiveSession(target, {timeoutMs: 20_000});
    const spec = parseSpec(scene.specText.replace('interval: 300ms', 'interval: 200ms'), 'ha.yaml');
    expect((await scene.apply({spec})).changes).toEqual(['replace the configuration, reload HAProxy']);
    expect(await scene.readPid()).not.toBe(pid);
    expect(await held.query('select 1')).toHaveLength(1);
    await held.close();
    const wrong = parseSpec(scene.specText.replaceAll('port: 10015', 'port: 10016'), 'ha.yaml');
    await expect(scene.apply({spec: wrong})).rejects.toThrow(/no server of be_thriftserver is up/);
    expect(await query()).toMatch(/sts/);
  }, 90_000);

  test('a reload under load loses no connection; old ones stay, drained servers stay drained', async () => {
    const scene = await start();
    await scene.apply();
    await setServerState(scene.socket, {backend: 'be_thriftserver', server: 'sts2'}, 'drain');
    const held = await openHiveSession(target, {timeoutMs: 20_000});
    const load = runLoad();
    const spec = parseSpec(scene.specText.replace('interval: 300ms', 'interval: 200ms'), 'ha.yaml');
    const {changes} = await scene.apply({spec});
    expect(changes).toEqual(['replace the configuration, reload HAProxy']);
    const {tried, failed} = await load.stop();
    expect(failed).toEqual([]);
    expect(tried).toBeGreaterThan(3);
    expect(await held.query('select 1')).toEqual([['sts1']]);
    await held.close();
    expect(await statesOf(scene)).toMatchObject({sts1: 'UP', sts2: 'DRAIN'});
    // The file before it is kept.
    expect((await readdir(scene.folder)).filter((name) => name.endsWith('.bak'))).toHaveLength(1);
  });

  test('a client of a sticky frontend stays with its server over a reload', async () => {
    const text = twoThriftservers.replace('{hue: false}', '{hue: false, binary: {balance: source}}');
    const scene = await makeScene(text, thriftBackends);
    await scene.apply();
    const first = await query();
    const other = first === 'sts1' ? 'sts2' : 'sts1';
    // Not where its hash leads: as after a failure of that server.
    const servers = await readServers(scene.socket);
    const id = servers.find(({server}) => server === other)?.id ?? '';
    const [entry] = await readStickTable(scene.socket, 'be_thriftserver');
    await scene.socket.ask('clear table be_thriftserver');
    await scene.socket.ask(`set table be_thriftserver key ${entry?.key ?? ''} data.server_id ${id}`);
    expect(await query()).toBe(other);
    const spec = parseSpec(scene.specText.replace('interval: 300ms', 'interval: 200ms'), 'ha.yaml');
    expect((await scene.apply({spec})).notes).toContain('1 clients stay with their server');
    expect(await query()).toBe(other);
  });

  test('a configuration that HAProxy refuses changes nothing', async () => {
    const scene = await start();
    await scene.apply();
    const before = await readFile(scene.installation.config, 'utf8');
    await expect(scene.apply({render: () => `${before}\nfrontend x\n`})).rejects.toThrow(/does not accept/);
    expect(await readFile(scene.installation.config, 'utf8')).toBe(before);
    expect(await query()).toMatch(/sts/);
  });

  test('a configuration that is valid and cannot start is taken back', async () => {
    const scene = await start();
    await scene.apply();
    const before = await readFile(scene.installation.config, 'utf8');
    const pid = await scene.readPid();
    // `haproxy -c` does not see that nobody can listen there.
    const broken = before.replace(`bind ${proxyAddress}:10015`, 'bind 192.0.2.77:10015');
    await expect(scene.apply({render: () => broken})).rejects.toThrow(/did not take the new configuration/);
    expect(await readFile(scene.installation.config, 'utf8')).toBe(before);
    expect(await scene.readPid()).toBe(pid);
    expect(await query()).toMatch(/sts/);
  }, 60_000);

  test('a first configuration that cannot start is taken back, with the reason', async () => {
    const scene = await start();
    const outcome = scene.apply({
      render: () => renderConfig(scene.spec).replace(`bind ${proxyAddress}:10015`, 'bind 192.0.2.77:10015'),
    });
    await expect(outcome).rejects.toThrow(
      /did not take the new configuration; everything is as before.*192\.0\.2\.77/s,
    );
    await expect(readFile(scene.installation.config, 'utf8')).rejects.toThrow(/ENOENT/);
  });

  test('a configuration with which no server is up any more is taken back', async () => {
    const scene = await start();
    await scene.apply();
    const before = await readFile(scene.installation.config, 'utf8');
    const wrong = parseSpec(scene.specText.replaceAll('port: 10015', 'port: 10016'), 'ha.yaml');
    await expect(scene.apply({spec: wrong})).rejects.toThrow(/no server of be_thriftserver is up/);
    expect(await readFile(scene.installation.config, 'utf8')).toBe(before);
    expect(await query()).toMatch(/sts/);
  });

  test('an interruption in the middle of the change takes it back', async () => {
    const scene = await start();
    await scene.apply();
    const before = await readFile(scene.installation.config, 'utf8');
    const controller = new AbortController();
    const spec = parseSpec(scene.specText.replace('interval: 300ms', 'interval: 200ms'), 'ha.yaml');
    const outcome = scene.apply({
      spec,
      signal: controller.signal,
      onStep: ({type, step}) => {
        if (type === 'started' && step === 'See every server')
          controller.abort(new InterruptedError('SIGINT'));
      },
    });
    await expect(outcome).rejects.toBeInstanceOf(InterruptedError);
    expect(await readFile(scene.installation.config, 'utf8')).toBe(before);
    expect(await query()).toMatch(/sts/);
  });

  test('a file that somebody changed and did not load is noticed', async () => {
    const scene = await start();
    await scene.apply();
    // Two whole seconds are within the doubt; each of the two times is cut to whole seconds besides.
    await new Promise((resolve) => setTimeout(resolve, 4_100));
    await writeFile(scene.installation.config, await readFile(scene.installation.config, 'utf8'));
    expect((await scene.apply()).changes).toEqual(['reload HAProxy']);
    expect((await readServers(scene.socket)).every(isUp)).toBe(true);
  });

  test('a name that the host does not know is refused before anything is done', async () => {
    const scene = await start();
    const spec = parseSpec(scene.specText.replace(/host: \S+\.11,/, 'host: nowhere.invalid,'), 'ha.yaml');
    await expect(scene.apply({spec})).rejects.toThrow(/does not know the name nowhere\.invalid/);
    expect(await readdir(scene.folder)).toEqual([]);
  });
});

/** One query after the other, each with a connection of its own. */
function runLoad(): {stop(): Promise<{readonly tried: number; readonly failed: readonly unknown[]}>} {
  let isOn = true;
  let tried = 0;
  const failed: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (isOn) {
      tried += 1;
      await query().catch((error: unknown) => failed.push(error));
    }
  };
  const workers = [worker(), worker()];
  return {
    stop: async () => {
      isOn = false;
      await Promise.all(workers);
      return {tried, failed};
    },
  };
}
