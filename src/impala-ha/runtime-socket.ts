// HAProxy's runtime socket: one question, one answer. Knows its words and its answers, not how the socket is reached.
import type {Duplex} from 'node:stream';
import {BuildError, describeError} from '../core/errors.ts';

/** Opens a connection to a socket on the proxy's host; through ssh, or on this host. */
export type OpenSocket = () => Promise<Duplex>;

export interface RuntimeSocket {
  /** @param command One command of HAProxy's management guide, without newline. @returns The answer, trimmed. */
  ask(command: string, signal?: AbortSignal): Promise<string>;
}

export class RuntimeSocketError extends BuildError {
  constructor(message: string, options?: ErrorOptions) {
    super(
      message,
      'Is HAProxy running there, and with the configuration of impala-ha? `impala-ha apply` sees to both.',
      options,
    );
  }
}

/** HAProxy answers at once; what takes longer is a dead connection. */
const answerTimeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024 ** 2;

export function createRuntimeSocket(open: OpenSocket, timeoutMs = answerTimeoutMs): RuntimeSocket {
  return {
    ask: async (command, signal) => {
      // A second command or line in a value would be run as well.
      if (/[\n;]/.test(command)) throw new Error(`Not one command: ${JSON.stringify(command)}`);
      signal?.throwIfAborted();
      const stream = await open().catch((error: unknown) => {
        signal?.throwIfAborted();
        throw new RuntimeSocketError(`HAProxy's runtime socket cannot be reached: ${describeError(error)}.`, {
          cause: error,
        });
      });
      return readAnswer(stream, command, timeoutMs, signal);
    },
  };
}

function readAnswer(
  stream: Duplex,
  command: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      stream.destroy();
      settle();
    };
    const fail = (why: string, cause?: unknown): void =>
      finish(() =>
        reject(new RuntimeSocketError(`HAProxy's runtime socket ${why} (\`${command}\`).`, {cause})),
      );
    const timer = setTimeout(() => fail(`did not answer within ${timeoutMs / 1_000} s`), timeoutMs);
    const onAbort = (): void => finish(() => reject(signal?.reason as Error));
    signal?.addEventListener('abort', onAbort, {once: true});
    stream.on('error', (error: Error) => fail(`broke: ${error.message}`, error));
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxAnswerBytes) fail('answers without end');
    });
    // HAProxy closes after its answer; an early close with nothing said is what a socket without right to it gives.
    stream.on('end', () => finish(() => resolve(Buffer.concat(chunks).toString('utf8').trim())));
    stream.on('close', () => fail('closed before the answer'));
    stream.write(`${command}\n`);
  });
}

/** A server as `show stat` shows it. */
export interface ServerState {
  readonly backend: string;
  readonly server: string;
  /** HAProxy's words: `UP`, `UP 1/3`, `DOWN`, `DOWN 1/2`, `MAINT`, `DRAIN`, `NOLB`, `no check`. */
  readonly status: string;
  /** Such as `L4OK`, `L7STS`, `L4TOUT`; `* ` before it while a check runs. Empty without checks. */
  readonly check: string;
  /** What the last check said, such as `Connection refused`. */
  readonly reason: string;
  readonly sessions: number;
  /** Connections since the start of this HAProxy. */
  readonly total: number;
  /** Since its status changed last. */
  readonly changedS: number;
  readonly id: string;
}

/**
 * Columns are found by their names, since each version of HAProxy adds some.
 * @param csv What `show stat` answers. @returns Only servers, not the lines of frontends and backends.
 */
export function parseServers(csv: string): readonly ServerState[] {
  const [head = [], ...records] = parseCsv(csv.replace(/^#\s*/, ''));
  const columns = new Map(head.map((name, index) => [name, index]));
  return records
    .map(
      (words) =>
        (name: string): string =>
          words[columns.get(name) ?? -1] ?? '',
    )
    .filter((read) => read('type') === '2')
    .map((read) => ({
      backend: read('pxname'),
      server: read('svname'),
      status: read('status'),
      check: read('check_status'),
      reason: [read('check_desc'), read('last_chk')].map(toOneLine).filter(Boolean).join(': '),
      sessions: parseCount(read('scur')),
      total: parseCount(read('stot')),
      changedS: parseCount(read('lastchg')),
      id: read('sid'),
    }));
}

/** Some of it was said by a daemon, and it is shown on terminals. */
const toOneLine = (text: string): string => text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();

/** HAProxy counts to 2^64: what a number here cannot hold is rounded. Empty where it counts nothing. */
function parseCount(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** A field with a comma, a quote or the end of a line in it is in quotes, and a quote in it is doubled. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/g)) {
    record.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}

type WithStatus = Pick<ServerState, 'status'>;

export const isUp = ({status}: WithStatus): boolean => status.startsWith('UP') || status === 'no check';
export const isDrained = ({status}: WithStatus): boolean => status.startsWith('DRAIN');
export const isInMaintenance = ({status}: WithStatus): boolean => status.startsWith('MAINT');
/** Whether a health check has said something since HAProxy started; `INI` is before the first. */
export const isChecked = ({check, status}: ServerState): boolean =>
  status === 'no check' || isInMaintenance({status}) || !(check === '' || /^(?:\* )?INI$/.test(check));

export async function readServers(
  socket: RuntimeSocket,
  signal?: AbortSignal,
): Promise<readonly ServerState[]> {
  const answer = await socket.ask('show stat', signal);
  if (!answer.startsWith('# pxname'))
    throw new RuntimeSocketError(`HAProxy says: ${answer.slice(0, 200) || '(nothing)'}`);
  return parseServers(answer);
}

export interface ProcessInfo {
  readonly version: string;
  /** Of the worker that answers. */
  readonly pid: number;
  readonly uptimeS: number;
}

export async function readProcessInfo(socket: RuntimeSocket, signal?: AbortSignal): Promise<ProcessInfo> {
  const answer = await socket.ask('show info', signal);
  const read = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(answer)?.[1] ?? '';
  if (read('Pid') === '')
    throw new RuntimeSocketError(`HAProxy says: ${answer.slice(0, 200) || '(nothing)'}`);
  return {version: read('Version'), pid: Number(read('Pid')), uptimeS: Number(read('Uptime_sec'))};
}

/** @returns Port of the client's end and the server that its connection was given to, of all connections now. */
export async function readConnections(
  socket: RuntimeSocket,
  signal?: AbortSignal,
): Promise<readonly {readonly clientPort: number; readonly backend: string; readonly server: string}[]> {
  const answer = await socket.ask('show sess', signal);
  return answer.split('\n').flatMap((line) => {
    const match = /\bsrc=\S+:(\d+) .*?\bbe=(\S+) srv=(\S+)/.exec(line);
    if (match === null) return [];
    const [, clientPort, backend = '', server = ''] = match;
    return [{clientPort: Number(clientPort), backend, server}];
  });
}

export type AdminState = 'ready' | 'drain' | 'maint';

export async function setServerState(
  socket: RuntimeSocket,
  {backend, server}: Pick<ServerState, 'backend' | 'server'>,
  state: AdminState,
): Promise<void> {
  const answer = await socket.ask(`set server ${backend}/${server} state ${state}`);
  if (answer !== '')
    throw new RuntimeSocketError(`HAProxy did not set ${backend}/${server} to ${state}: ${answer}`);
}

/** What a stick table knows: which server a client address stays with. */
export interface StickEntry {
  readonly key: string;
  readonly serverId: string;
}

/** @returns Empty for a backend without such a table. */
export async function readStickTable(socket: RuntimeSocket, backend: string): Promise<readonly StickEntry[]> {
  const answer = await socket.ask(`show table ${backend}`);
  return [...answer.matchAll(/\bkey=(\S+) .*?\bserver_id=(\d+)/g)].flatMap(([, key = '', serverId = '']) =>
    serverId === '0' ? [] : [{key, serverId}],
  );
}

export async function writeStickEntry(
  socket: RuntimeSocket,
  backend: string,
  {key, serverId}: StickEntry,
): Promise<void> {
  // A key that is there already keeps its server, whatever is set; measured with 2.6.12.
  await socket.ask(`clear table ${backend} key ${key}`);
  const answer = await socket.ask(`set table ${backend} key ${key} data.server_id ${serverId}`);
  if (answer !== '')
    throw new RuntimeSocketError(`HAProxy did not take the address ${key} of ${backend}: ${answer}`);
}

/** Client addresses that stay with this server are free to go elsewhere. */
export async function forgetStickEntries(socket: RuntimeSocket, {backend, id}: ServerState): Promise<void> {
  await socket.ask(`clear table ${backend} data.server_id eq ${id}`);
}
