import {expect, test} from 'vitest';
import {isWorthFetchingAgain} from '../../src/recipe/unfetched.ts';
import {BuildTimeoutError, DiskFullError, MachineGoneError} from '../../src/recipe/failures.ts';
import {BuildError, HostError, UsageError} from '../../src/core/errors.ts';
import {ConnectionLostError, RemoteCommandError} from '../../src/core/ssh-errors.ts';

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  errno: -28,
  code: 'ENOSPC',
  syscall: 'write',
});

test.each([
  ['the output cannot be written', new HostError('x', 'y'), true],
  ['a disk is nearly full', new DiskFullError('/out', 1), true],
  ['a disk is full', full, true],
  ['something else has got its name', new UsageError('x', 'y'), true],
  ['the connection', new ConnectionLostError('x'), true],
  ["the build's time is over", new BuildTimeoutError(1), true],
  ['the machine is gone', new MachineGoneError('m', 'absent'), false],
  ['what it holds', new BuildError('x', 'y'), false],
  ['the guest', new RemoteCommandError(['x'], {exitCode: 1, stdout: '', stderr: ''}), false],
  ['a bug', new TypeError('x'), false],
])('a dist that is made is kept for another fetch when the reason was: %s: %s', (_what, error, expected) => {
  expect(isWorthFetchingAgain('Fetch dist', error)).toBe(expected);
  expect(isWorthFetchingAgain('Verify and publish', error)).toBe(expected);
  expect(isWorthFetchingAgain('Make distribution', error)).toBe(false);
});
