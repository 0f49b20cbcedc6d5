// What a server of an install answered to the smoke queries: parsed from what the node's script prints, and rendered. Pure.

export interface ServerAnswer {
  /** Of the question: `table`, `engine`, `spark-sql`. */
  readonly name: string;
  /** `unknown`: could not be seen, or is no fault of the dist; the message says why. */
  readonly status: 'ok' | 'failed' | 'unknown';
  readonly message: string;
  readonly ms: number;
}

/** What one node is, and what its server answered. */
export interface NodeAnswers {
  readonly host: string;
  readonly ok: boolean;
  /** Real name of the parcel that the dist is for. */
  readonly parcel?: string | undefined;
  readonly layout: 'overlay' | 'recipe';
  readonly java?: string | undefined;
  /** Of beeline. */
  readonly url: string;
  readonly answers: readonly ServerAnswer[];
  /** The end of the log of each question that failed. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
}

export interface SmokeReport {
  /** Its name. */
  readonly dist: string;
  readonly release?: string | undefined;
  readonly ok: boolean;
  readonly at: string;
  readonly nodes: readonly NodeAnswers[];
}

/** @param line As smoke_server of data/node/smoke.sh prints it. @returns undefined for any other line. */
export function parseAnswer(line: string): ServerAnswer | undefined {
  const [kind, name = '', state, ms, message = ''] = line.split('\t');
  if (kind !== 'answer') return undefined;
  const status = state === 'ok' || state === 'unknown' ? state : 'failed';
  return {name, status, message: message.trim(), ms: Number(ms)};
}

/** The lines of logs in the same text, by question. */
export function parseLogs(text: string): Readonly<Record<string, readonly string[]>> {
  const logs = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [kind, name, said] = line.split('\t');
    if (kind !== 'log' || name === undefined || said === undefined) continue;
    logs.set(name, [...(logs.get(name) ?? []), said]);
  }
  return Object.fromEntries(logs);
}

const words = {ok: 'ok    ', failed: 'FAILED', unknown: '?     '} as const;

export function renderAnswer({name, status, message, ms}: ServerAnswer): string {
  return `${words[status]}  ${name}: ${message === '' ? status : message} (${(ms / 1_000).toFixed(1)} s)`;
}

/** The last line of a node. */
export function renderVerdict(dist: string, {host, ok, answers}: NodeAnswers): string {
  const failed = answers.filter(({status}) => status === 'failed').map(({name}) => name);
  return ok
    ? `${host}: ${dist} answers as it should.`
    : `${host}: ${dist} does not answer as it should: ${failed.length === 0 ? 'the questions broke off' : failed.join(', ')}.`;
}
