// A Redis of its own, and workers as processes with states and caches of their own, beside a scene whose user coordinates.
import {spawn, type ChildProcess} from 'node:child_process';
import {cp, mkdir, readdir, rm} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {inject} from 'vitest';
import {main} from './paths.ts';
import {test as base, type Ended, type Scene} from './scene.ts';

export interface Tool {
  readonly name: string;
  readonly child: ChildProcess;
  readonly done: Promise<Ended>;
  readonly text: () => string;
  readonly sees: (text: string | RegExp) => Promise<void>;
}

export interface Fleet {
  readonly url: string;
  readonly port: number;
  /** @param name Of its folders: a worker that starts again under it is the same host's. */
  readonly work: (name: string, options?: Options) => Tool;
  readonly start: (args: readonly string[], options?: Options) => Tool;
  /** What the provider of a worker still lists, and what its journal names. */
  readonly left: (name: string) => Promise<readonly string[]>;
  readonly redis: {
    readonly stop: (signal: NodeJS.Signals) => Promise<void>;
    readonly start: () => Promise<void>;
    /** It is there, and answers nobody. */
    readonly pause: (durationMs: number) => Promise<void>;
  };
}

interface Options {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
}

/** A lock of 4 s, looked at each second. */
export const pace = 1 / 15;

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** With what `doctor --queue` wants of it. */
async function startRedis(folder: string, port: number, more: readonly string[] = []): Promise<ChildProcess> {
  await mkdir(folder, {recursive: true});
  const words = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
  const child = spawn(
    'redis-server',
    [...words, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction', ...more],
    {
      env: {PATH: `${process.env.PATH ?? ''}:/usr/sbin`},
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code ?? 'a signal'}.`)));
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Ready to accept connections')) resolve();
    });
  });
  return child;
}

function startTool(name: string, args: readonly string[], cwd: string, env: Record<string, string>): Tool {
  const child = spawn(process.execPath, [main, ...args], {cwd, env, stdio: ['ignore', 'pipe', 'pipe']});
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  let ended: Ended | undefined;
  const done = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve((ended = {code, stdout, stderr})));
  });
  return {
    ...{name, child, done},
    text: () => stdout + stderr,
    sees: async (text) => {
      const isThere = (): boolean =>
        typeof text === 'string' ? (stdout + stderr).includes(text) : text.test(stdout + stderr);
      while (!isThere()) {
        if (ended !== undefined)
          throw new Error(`${name} ended with ${ended.code} before "${String(text)}":\n${stdout}${stderr}`);
        await sleep(20);
      }
    },
  };
}

async function createFleet(
  scene: Scene,
): Promise<{readonly fleet: Fleet; readonly end: () => Promise<void>}> {
  const port = await findPort();
  const folder = join(scene.folder, 'redis');
  const url = `redis://127.0.0.1:${port}`;
  const tools: Tool[] = [];
  const common = {...scene.env, BUILD_SPARK_QUEUE_PACE: String(pace), TZ: 'UTC'};
  const homes = join(scene.folder, 'workers');
  const envOf = (name: string): Record<string, string> => ({
    XDG_STATE_HOME: join(homes, name, 'state'),
    XDG_CACHE_HOME: join(homes, name, 'cache'),
  });
  await mkdir(homes);
  for (const name of ['w1', 'w2', 'w3']) {
    await mkdir(join(homes, name), {recursive: true});
    await cp(inject('freshCache'), join(homes, name, 'cache'), {recursive: true});
  }
  // Last: whatever fails before it leaves no process.
  let server = await startRedis(folder, port);
  const fleet: Fleet = {
    ...{url, port},
    work: (name, {args = [], env = {}, url: other = url} = {}) => {
      const words = ['worker', '--queue', other, '--provider', 'fake', '--jobs', '1', '--verbose', ...args];
      const tool = startTool(name, words, scene.folder, {...common, ...envOf(name), ...env});
      tools.push(tool);
      return tool;
    },
    start: (args, {env = {}, url: other = url} = {}) => {
      const tool = startTool('coordinator', [...args, '--queue', other], scene.folder, {...common, ...env});
      tools.push(tool);
      return tool;
    },
    left: async (name) => {
      const state = join(homes, name, 'state/build-spark');
      const machines = (await readdir(join(state, 'fake-machines')).catch(() => [])).filter(
        (one) => !one.startsWith('.'),
      );
      return [...machines, ...(await readdir(join(state, 'journal')).catch(() => []))];
    },
    redis: {
      stop: async (signal) => {
        const gone = new Promise((resolve) => server.once('exit', resolve));
        server.kill(signal);
        await gone;
      },
      start: async () => void (server = await startRedis(folder, port)),
      pause: async (durationMs) => {
        server.kill('SIGSTOP');
        await sleep(durationMs);
        server.kill('SIGCONT');
      },
    },
  };
  return {
    fleet,
    end: async () => {
      for (const {child} of tools) {
        child.kill('SIGCONT');
        child.kill('SIGKILL');
      }
      await Promise.all(tools.map(({done}) => done));
      server.kill('SIGKILL');
      await rm(homes, {recursive: true, force: true});
    },
  };
}

export const test = base.extend<{fleet: Fleet}>({
  fleet: async ({scene}, use) => {
    const {fleet, end} = await createFleet(scene);
    try {
      await use(fleet);
    } finally {
      await end();
    }
  },
});
