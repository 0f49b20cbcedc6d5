// The smoke query through hive-driver, from the script's first line to the file that it waits for, against a small server.
import {connect} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import type {Guest} from '../../src/machine/machine.ts';
import {createDriverSmoke} from '../../src/recipe/driver-smoke.ts';
import {findFreePort} from '../support/free-port.ts';
import {startBackend, type Backend} from '../support/ha.ts';

const good = {
  'as binary': 'x',
  'from build_spark_driver': 'x',
  build_spark_nothing: "ERROR: cannot resolve 'build_spark_nothing'",
  'count(*)': '1',
  row_number: '1',
  build_spark_sleep: 'asleep',
};

/** What the guest's file says in the end, after these lines of the script. */
async function ask(
  answers: Readonly<Record<string, string>>,
  questions = 'error,view,window,cancel',
): Promise<{readonly said: readonly string[]; readonly backend: Backend}> {
  const backend = await startBackend({
    ...{name: 'guest', host: '127.0.0.1', port: await findFreePort(), sasl: true},
    answers,
  });
  onTestFinished(() => backend.stop());
  const said: string[] = [];
  const guest = {
    forward: (port: number) => Promise.resolve(connect(port, '127.0.0.1')),
    run: (argv: readonly string[]) => {
      said.push(argv.slice(4).join(' '));
      return Promise.resolve({exitCode: 0, stdout: '', stderr: ''});
    },
  } as Pick<Guest, 'forward' | 'run'> as Guest;
  const options = {file: 'smoke/driver', timeoutMs: 10_000, signal: new AbortController().signal};
  const driver = createDriverSmoke(guest, options);
  driver.onLine('smoke: a failing statement');
  driver.onLine(`smoke: hive-driver: port=${backend.port} questions=${questions}`);
  driver.onLine('smoke: hive-driver: port=1 questions='); // A second one counts for nothing.
  driver.onLine('smoke: hive-driver: its statement runs');
  await driver.end();
  return {said, backend};
}

test('a server that answers all of it', async () => {
  const {said, backend} = await ask(good);
  expect(said).toEqual(['ok smoke/driver']);
  await expect.poll(() => backend.cancelled).toEqual(['asleep']);
});

test('an old release is asked for no more than it has', async () => {
  const {said, backend} = await ask(
    {'as binary': 'x', build_spark_nothing: good.build_spark_nothing, 'count(*)': '1'},
    'error',
  );
  expect(said).toEqual(['ok smoke/driver']);
  expect(backend.cancelled).toEqual([]);
});

test.each([
  ['a wrong count', {...good, 'count(*)': '2'}, /count.*answers '2', where '1' is right/],
  [
    'a column of bytes that ends its query',
    {...good, 'as binary': 'ERROR: String cannot be cast to [B'},
    /^String cannot be cast to \[B/,
  ],
  ['an empty view', {...good, 'from build_spark_driver': ''}, /build_spark_driver' answers '', where 'x'/],
  ['a wrong window', {...good, row_number: '7'}, /row_number.*answers '7'/],
  ['no error', {...good, build_spark_nothing: '1'}, /brings back 'no error', which does not name it/],
  ['an error of another kind', {...good, build_spark_nothing: 'ERROR: out of order'}, /'out of order'/],
])('%s is told in one line', async (_name, answers, reason) => {
  const {said} = await ask(answers);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(reason);
  expect(said[0]).not.toContain('\n');
});

test('a server that is not there', async () => {
  const said: string[] = [];
  const guest = {
    forward: () => Promise.reject(new Error('nobody listens')),
    run: (argv: readonly string[]) => {
      said.push(argv.slice(4).join(' '));
      return Promise.reject(new Error('the connection is gone'));
    },
  } as Pick<Guest, 'forward' | 'run'> as Guest;
  const options = {file: 'smoke/driver', timeoutMs: 10_000, signal: new AbortController().signal};
  const driver = createDriverSmoke(guest, options);
  driver.onLine('smoke: hive-driver: port=9 questions=error');
  await driver.end();
  expect(said).toEqual(['nobody listens smoke/driver']);
});
