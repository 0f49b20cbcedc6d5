// Small HiveServer2 backends as processes of their own, which can be stopped, frozen and killed. Knows nothing of vitest.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

const script = fileURLToPath(new URL('ha-backend.mjs', import.meta.url));

export interface BackendOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly sasl?: boolean;
  /** Serves /healthz there. */
  readonly webPort?: number;
  /** Every query takes so long. */
  readonly slowMs?: number;
  /** By a word of the statement, its one value; "ERROR: …" is how it fails. Else it is the name. */
  readonly answers?: Readonly<Record<string, string>>;
}

export interface Backend extends BackendOptions {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** What it answered to statements that were cancelled before it could. */
  readonly cancelled: readonly string[];
  /** Resolves once it is gone. */
  stop(): Promise<void>;
}

/** @returns Once it listens. */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const {name, host, port, sasl, webPort, slowMs, answers} = options;
  const child = spawn(
    process.execPath,
    [
      script,
      ...[name, host, String(port)],
      ...(sasl === true ? ['--sasl'] : []),
      ...(webPort === undefined ? [] : ['--web', String(webPort)]),
      ...(slowMs === undefined ? [] : ['--slow', String(slowMs)]),
      ...(answers === undefined ? [] : ['--answers', JSON.stringify(answers)]),
    ],
    {stdio: ['ignore', 'pipe', 'inherit']},
  );
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start on ${host}:${port}`))),
  ]);
  const cancelled: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const [, what] of text.matchAll(/ cancelled (.*)/g)) cancelled.push(what ?? '');
  });
  return {
    ...options,
    cancelled,
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL'); // Also ends a frozen one.
  await gone;
}
