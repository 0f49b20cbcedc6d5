// Asks the Thriftserver of a smoke query through hive-driver, from this host, as applications do. Knows the script in the
// machine by the lines that it prints, and answers it by a file.
import {setTimeout as sleep} from 'node:timers/promises';
import {describeError} from '../core/errors.ts';
import type {Guest} from '../machine/machine.ts';
import type {HiveSession} from '../remote/hive-client.ts';
import {openLocalPort} from '../remote/local-port.ts';

const isReady = /^smoke: hive-driver: port=(\d{1,5}) questions=([a-z,]*)$/;
const statementRuns = 'smoke: hive-driver: its statement runs';

/** The right answers are a few kilobytes; the driver would keep whatever else a machine sends. */
const answerLimitBytes = 1024 * 1024;

export interface DriverOptions {
  /** In the guest: made when all was asked, with one line: `ok`, or what went wrong. */
  readonly file: string;
  /** For connecting, and again for each question. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface DriverSmoke {
  /** Takes each line of the script; the first that names a port begins the questions. */
  readonly onLine: (line: string) => void;
  /** Settles when nothing of it goes on any more. Never rejects. */
  readonly end: () => Promise<void>;
}

export function createDriverSmoke(guest: Guest, options: DriverOptions): DriverSmoke {
  const {file, signal} = options;
  let runs = (): void => undefined;
  const running = new Promise<void>((resolve) => (runs = resolve));
  let asking: Promise<void> | undefined;
  const begin = async (port: number, questions: readonly string[]): Promise<void> => {
    const said = await askDriver(guest, port, {...options, questions, running}).then(
      () => 'ok',
      (error: unknown) => describeError(error).replaceAll(/\s+/g, ' ').slice(0, 400),
    );
    const write = 'printf "%s\\n" "$1" >"$2.new" && mv "$2.new" "$2"';
    // Where this fails, the connection is gone, and with it the script that waits.
    await guest.run(['bash', '-c', write, 'bash', said, file], {signal}).catch(() => undefined);
  };
  return {
    onLine: (line) => {
      if (line === statementRuns) runs();
      const [, port, questions] = isReady.exec(line) ?? [];
      if (port !== undefined) asking ??= begin(Number(port), questions?.split(',') ?? []);
    },
    end: async () => {
      runs();
      await asking;
    },
  };
}

interface Asked extends DriverOptions {
  /** What the release has besides tables: view, window, cancel. */
  readonly questions: readonly string[];
  /** The statement that is to be cancelled has begun. */
  readonly running: Promise<void>;
}

/** The questions of data/guest/smoke-queries.sh. @throws Error with the first wrong answer. */
async function askDriver(guest: Guest, port: number, {questions, running, ...limits}: Asked): Promise<void> {
  // Loaded here: a build that asks nothing is not to pay for the driver.
  const {openHiveSession} = await import('../remote/hive-client.ts');
  // For some seconds whoever is on this host could ask the server too; it is a throwaway in a throwaway machine.
  let refusal: unknown;
  const local = await openLocalPort(
    () =>
      guest.forward(port).catch((error: unknown) => {
        refusal = error;
        throw error;
      }),
    answerLimitBytes,
  );
  const login = {type: 'plain', user: 'build-spark', password: 'build-spark'} as const;
  const open = (): Promise<HiveSession> =>
    openHiveSession({host: '127.0.0.1', port: local.port, login}, limits);
  try {
    const one = await open();
    await expectAnswer(one, countQuery, '1');
    // As bytes they do not go through the texts that every other column of these questions is.
    await expectAnswer(one, 'select cast(b as binary) as said from build_spark_smoke', 'x');
    if (questions.includes('view')) {
      await one.query('create view build_spark_driver as select a, b from build_spark_smoke where a = 1');
      await expectAnswer(one, 'select b as said from build_spark_driver', 'x');
      await one.query('drop view build_spark_driver');
    }
    if (questions.includes('window'))
      await expectAnswer(
        one,
        'select cast(row_number() over (partition by b order by a) as string) as said from build_spark_smoke',
        '1',
      );
    await expectError(one);
    const two = await open();
    await Promise.all([one, two].map((session) => expectAnswer(session, countQuery, '1')));
    await two.close();
    if (questions.includes('cancel')) {
      await one.cancel(
        "select reflect('java.lang.Thread', 'sleep', cast(60000 as bigint)) as build_spark_sleep from build_spark_smoke",
        // Where the server's log does not show that it runs, it is cancelled anyway.
        Promise.race([running, sleep(limits.timeoutMs / 10, undefined, {ref: false})]),
      );
      await one.query('show tables'); // No job: the threads for those may all be asleep.
    }
    await one.close();
  } catch (error) {
    throw refusal ?? error; // The driver itself knows only that its connection was cut.
  } finally {
    local.close();
  }
}

const countQuery = 'select cast(count(*) as string) as said from build_spark_smoke';

async function expectAnswer(session: HiveSession, sql: string, right: string): Promise<void> {
  const rows = await session.query(sql);
  const said = rows.map((row) => row.join(' ')).join('; ');
  if (said !== right) throw new Error(`'${sql}' answers '${said}', where '${right}' is right`);
}

/** That of a column which is not there; the session goes on. */
async function expectError(session: HiveSession): Promise<void> {
  const column = 'build_spark_nothing';
  const said = await session
    .query(`select ${column} from build_spark_smoke`)
    .then(() => 'no error', describeError);
  if (!said.includes(column))
    throw new Error(
      `a statement with a column that is not there brings back '${said}', which does not name it`,
    );
}
