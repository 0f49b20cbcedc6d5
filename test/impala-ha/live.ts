// A real HAProxy with small HiveServer2 backends, on loopback addresses of a test's own. Everything ends with the test.
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import type {Exec} from '../../src/core/exec.ts';
import type {StepReport} from '../../src/core/steps.ts';
import type {ApplyResult} from '../../src/impala-ha/apply-context.ts';
import {applySpec} from '../../src/impala-ha/run-apply.ts';
import type {Installation} from '../../src/impala-ha/apply-facts.ts';
import {planFrontends} from '../../src/impala-ha/frontends.ts';
import {renderConfig, withHaproxyVersion} from '../../src/impala-ha/render-config.ts';
import {createProxySocket} from '../../src/impala-ha/runtime-access.ts';
import type {RuntimeSocket} from '../../src/impala-ha/runtime-socket.ts';
import {parseSpec, type HaSpec} from '../../src/impala-ha/spec.ts';
import {openHost} from '../../src/remote/open-host.ts';
import type {RemoteHost} from '../../src/remote/remote-host.ts';
import {isRunning, realExec, until} from '../core/fixtures.ts';
import {startBackend, type Backend, type BackendOptions} from '../support/ha.ts';

/** 127.77.x.y: one network a test file and process, so that nobody meets. */
export const network = `127.77.${process.pid % 250}`;
export const proxyAddress = `${network}.1`;

/** In the folder of the system: a path of a socket is 108 characters at most, and HAProxy's user must reach it. */
export async function makeShortFolder(): Promise<string> {
  const folder = await mkdtemp('/tmp/ha-');
  onTestFinished(() => rm(folder, {recursive: true, force: true}));
  return folder;
}

export interface Scene {
  readonly folder: string;
  readonly installation: Installation;
  readonly host: RemoteHost;
  readonly spec: HaSpec;
  readonly specText: string;
  readonly socket: RuntimeSocket;
  readonly backends: readonly Backend[];
  apply(options?: ApplyOptions): Promise<ApplyResult & {readonly notes: readonly string[]}>;
  readPid(): Promise<number>;
}

interface ApplyOptions {
  readonly spec?: HaSpec;
  readonly isDryRun?: boolean;
  readonly isForced?: boolean;
  readonly isReplacing?: boolean;
  readonly signal?: AbortSignal;
  readonly render?: (version: string | undefined) => string;
  readonly onStep?: (report: StepReport) => void;
}

/** @param specText With `FOLDER` and `NETWORK` in it. */
export async function makeScene(
  specText: string,
  backends: readonly BackendOptions[],
  exec: Exec = realExec,
): Promise<Scene> {
  const folder = await makeShortFolder();
  const text = specText.replaceAll('FOLDER', folder).replaceAll('NETWORK', network);
  const spec = parseSpec(text, 'ha.yaml');
  const installation: Installation = {
    config: join(folder, 'haproxy.cfg'),
    pidFile: join(folder, 'haproxy.pid'),
    service: 'process',
  };
  const host = await openHost('localhost', {exec, env: process.env, home: tmpdir()});
  const readPid = async (): Promise<number> =>
    Number((await readFile(installation.pidFile, 'utf8')).split('\n')[0]);
  const started: Backend[] = [];
  onTestFinished(async () => {
    host.close();
    for (const backend of started) await backend.stop();
    const pid = await readPid().catch(() => 0);
    if (pid === 0) return;
    // Again and again: a master that starts itself anew for a reload just then loses the signal.
    await until(() => {
      if (!isRunning(pid)) return true;
      process.kill(pid, 'SIGTERM');
      return false;
    });
  });
  started.push(...(await Promise.all(backends.map((options) => startBackend(options)))));
  const socket = createProxySocket(host, spec.admin.socket);
  return {
    folder,
    installation,
    host,
    spec,
    specText: text,
    socket,
    backends: started,
    readPid,
    apply: async ({
      spec: other,
      isDryRun = false,
      isForced = false,
      isReplacing = false,
      signal,
      render,
      onStep,
    } = {}) => {
      const notes: string[] = [];
      const wanted = other ?? spec;
      const result = await applySpec(
        {
          host,
          socket,
          spec: wanted,
          frontends: planFrontends(wanted),
          installation,
          render:
            render ??
            ((version) => renderConfig(version === undefined ? wanted : withHaproxyVersion(wanted, version))),
          isDryRun,
          isForced,
          isReplacing,
          onNote: (line) => notes.push(line),
        },
        {
          clock: systemClock,
          signal: signal ?? new AbortController().signal,
          onStep: onStep ?? (() => undefined),
        },
      );
      return {...result, notes};
    },
  };
}

/** Two Thriftservers with SASL behind one port, and quick health checks. */
export const twoThriftservers = `
proxy: {host: NETWORK.1, bind: [NETWORK.1], log: 127.0.0.1:514}
thriftserver:
  servers:
    - {name: sts1, host: NETWORK.11, port: 10015}
    - {name: sts2, host: NETWORK.12, port: 10015}
  frontends: {hue: false}
  checks: {interval: 300ms, timeout: 500ms, fall: 2, rise: 1}
statistics: false
admin: {socket: FOLDER/admin.sock, group: root}
`;

export const thriftBackends = ['sts1', 'sts2'].map((name, index) => ({
  name,
  host: `${network}.${11 + index}`,
  port: 10015,
  sasl: true,
}));
