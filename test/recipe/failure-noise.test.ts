// What tests and sources print is not taken for the failure of a tool; and no line of a guest takes long to judge.
import {expect, test} from 'vitest';
import {diagnose, type Symptoms} from '../../src/recipe/failures.ts';
import {RemoteCommandError} from '../../src/core/ssh.ts';

const error = new RemoteCommandError(['./make-distribution.sh'], {exitCode: 1, stdout: '', stderr: ''});

function diagnoseLog(log: string, rest: Partial<Symptoms> = {}) {
  return diagnose({step: 'Make distribution', error, logTail: log.split('\n'), ...rest});
}

const end =
  '[ERROR] Failed to execute goal a:b:1:compile (default) on project c: it did not compile -> [Help 1]';
const longAgo = '[INFO] Compiling\n'.repeat(1_000);

test.each([
  'No space left on device',
  'java.io.IOException: No space left on device',
  '  DiskStoreSuite: write failed: No space left on device (28)',
  'Caused by: java.io.IOException: No space left on device',
  '[INFO] testing what happens on: No space left on device',
  '[WARNING] DiskBlockManager.scala:12: catching "No space left on device" is not safe',
  '[ERROR]   DiskStoreSuite.write:12 » IO No space left on device',
  'Disk quota exceeded',
])('what a test or a source prints is no full disk: %s', (line) => {
  expect(diagnoseLog(`${line}\n${end}`).kind).toBe('script');
});

test('what a tool said long before the end was not what ended the build', () => {
  expect(diagnoseLog(`cp: a: No space left on device\n${longAgo}${end}`).kind).toBe('script');
});

test('with much room left it is no full disk, whatever is printed; a quota is another thing', () => {
  const freeBytes = 40 * 1024 ** 3;
  expect(diagnoseLog('cp: a: No space left on device', {freeBytes}).kind).toBe('script');
  expect(diagnoseLog('cp: a: Disk quota exceeded', {freeBytes}).kind).toBe('disk-full');
  expect(diagnoseLog('cp: a: No space left on device', {freeBytes: 1024 ** 2}).kind).toBe('disk-full');
});

test.each(['java.net.ConnectException: Connection refused', 'Could not resolve host: test.invalid'])(
  'what a test could not reach is no network of ours: %s',
  (line) => {
    expect(diagnoseLog(`${line}\n${end}`)).toMatchObject({kind: 'script', isRetryable: false});
  },
);

test('memory that ran out in a test long before is not what ended the build', () => {
  const line = 'java.lang.OutOfMemoryError: Java heap space';
  expect(diagnoseLog(`${line}\n${longAgo}${end}`).kind).toBe('script');
});

// Some of the patterns took hours for such lines.
test.each([
  ...[' ', 'a', '-', '.', '/', '[', '1', '(', ':a', 'a:', 'at ', '://', '[ERROR] ', '[ERROR] a', 'Error: '],
  ...['Err:1', 'Could not find artifact ', 'Unknown host ', 'was not found in ', 'Exception in thread "'],
  ...['line 1: 1 ', ' needs 1', 'Building ', '\u001b['],
])('40 lines of 100 KiB of %j are judged in no time', (unit) => {
  const line = unit.repeat(Math.ceil((100 * 1024) / unit.length));
  const logTail = Array.from({length: 40}, () => line);
  for (const step of ['Make distribution', 'Provision'])
    expect(diagnose({step, error, logTail}).kind).toBeTypeOf('string');
});
