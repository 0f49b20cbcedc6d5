// Makes a RemoteHost out of a way to run commands. Knows a POSIX shell and coreutils, and not how we got there.
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdtemp, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable, Transform, type Duplex} from 'node:stream';
import {asError, BuildError} from '../core/errors.ts';
import {lastLines, type Argv, type CommandResult, type Exec} from '../core/exec.ts';
import {removeTree} from '../core/mounts.ts';
import {HostTimeoutError, type RemoteHost} from './remote-host.ts';
import type {AsRoot, Runner} from './root-access.ts';

export interface ShellHostParts {
  readonly name: string;
  readonly isLocal: boolean;
  readonly runner: Runner;
  /** Called once, when root is first needed. */
  readonly findAsRoot: () => Promise<AsRoot>;
  /** Of this host, for packing folders. */
  readonly exec: Exec;
  readonly openSocket: (path: string) => Promise<Duplex>;
  readonly close: () => void;
}

/** Exit code of our scripts for "no such file". */
const noFile = 66;

const readScript = `if ! [ -e "$1" ] && ! [ -L "$1" ]; then exit ${noFile}; fi; exec base64 -- "$1"`;

/** A cut connection looks like the end of the file: only what has the right hash is moved to its place. */
const writeScript = `set -eu
new=$(mktemp "$1.XXXXXXXX")
trap 'rm -f "$new"' EXIT
cat > "$new"
echo "$3  $new" | sha256sum -c --status -
chmod "$2" "$new"
sync "$new" 2>/dev/null || sync
mv -f -T "$new" "$1"
trap - EXIT`;

export function createShellHost(parts: ShellHostParts): RemoteHost {
  const {name, isLocal, runner, findAsRoot, exec} = parts;
  let asRoot: Promise<AsRoot> | undefined;
  const run: RemoteHost['run'] = async (argv, options = {}) => {
    const {asRoot: wantsRoot, timeoutMs, signal, ...rest} = options;
    const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signals = [signal, limit].filter((each) => each !== undefined);
    const passed = {...rest, ...(signals.length === 0 ? {} : {signal: AbortSignal.any(signals)})};
    try {
      if (wantsRoot !== true) return await runner(argv, passed);
      const {argv: full, ...input} = (await (asRoot ??= findAsRoot()))(argv, rest.input);
      return await runner(full, {...passed, ...input});
    } catch (error) {
      if (timeoutMs !== undefined && limit?.aborted === true && asError(error).name === 'TimeoutError')
        throw new HostTimeoutError(name, argv, timeoutMs);
      throw error;
    }
  };
  const check = (what: string, {exitCode, stderr}: CommandResult): void => {
    if (exitCode === 0) return;
    const reason = lastLines(stderr.trim(), 3) || `exit code ${exitCode}`;
    throw new BuildError(`On ${name}, ${what}: ${reason}`, 'Look at it on that host, then try again.');
  };
  return {
    name,
    isLocal,
    run,
    readFile: async (path, options = {}) => {
      const lines: string[] = [];
      const result = await run(['sh', '-c', readScript, 'sh', path], {
        ...options,
        allow: 'any',
        onLine: (line, stream) => {
          if (stream === 'stdout') lines.push(line);
        },
      });
      if (result.exitCode !== noFile) check(`${path} cannot be read`, result);
      return result.exitCode === noFile ? undefined : Buffer.from(lines.join(''), 'base64');
    },
    writeFile: async (path, data, {mode = '644', ...options} = {}) => {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      const sum = createHash('sha256').update(bytes).digest('hex');
      const argv = ['sh', '-c', writeScript, 'sh', path, mode, sum];
      const input = Readable.from([bytes]);
      check(`${path} cannot be written`, await run(argv, {...options, allow: 'any', input}));
    },
    sendFolder: async (from, to, {onProgress, only = ['.'], ...options} = {}) => {
      const folder = await mkdtemp(join(tmpdir(), 'build-spark-send-'));
      const archive = join(folder, 'folder.tar');
      try {
        const pack: Argv = ['tar', '-C', from, '-cf', archive, '--', ...only];
        await exec(pack, {
          env: {COPYFILE_DISABLE: '1'}, // Or macOS adds files of its own.
          signal: options.signal,
        });
        const {size} = await stat(archive);
        const input = createReadStream(archive, {highWaterMark: 256 * 1024});
        const counted = onProgress === undefined ? input : input.pipe(createCounter(size, onProgress));
        input.on('error', (error) => counted.destroy(error));
        await run(['mkdir', '-p', to], options);
        await run(['tar', '--no-same-owner', '-xpf', '-', '-C', to], {...options, input: counted});
      } finally {
        await removeTree(folder);
      }
    },
    openSocket: (path) => parts.openSocket(path),
    close: () => parts.close(),
  };
}

/** Calls back about a hundred times in all. */
function createCounter(total: number, onProgress: (sent: number, total: number) => void): Transform {
  let sent = 0;
  let next = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      sent += chunk.length;
      if (sent >= next) onProgress(sent, total);
      if (sent >= next) next = sent + total / 100;
      done(undefined, chunk);
    },
  });
}
