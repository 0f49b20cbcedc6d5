// What a place on the network says when it does not answer as it should, told apart.
import {expect, test} from 'vitest';
import {AskError} from '../../src/core/answer.ts';
import {judgeError, judgeStatus, judgeWords} from '../../src/core/reach.ts';

const coded = (code: string): Error => Object.assign(new Error(code), {code});

test.each([
  ['ENOTFOUND', 'name'],
  ['EAI_AGAIN', 'name'],
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'dropped'],
  ['EHOSTUNREACH', 'route'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['HPE_INVALID_CONSTANT', 'other'],
  ['EWHATEVER', 'other'],
])('%s is %s', (code, kind) => {
  expect(judgeError(coded(code), 'repo.test')).toMatchObject({kind});
});

test.each([
  ["fatal: unable to access 'https://a.test/': Could not resolve host: a.test", 'name'],
  ["fatal: unable to access 'https://a.test/': Could not resolve proxy: p.test", 'proxy'],
  ["fatal: unable to access 'https://a.test/': Received HTTP code 407 from proxy after CONNECT", 'proxy'],
  [
    "fatal: unable to access 'https://a.test/': Failed to connect to a.test port 443 after 1 ms: Connection refused",
    'refused',
  ],
  [
    "fatal: unable to access 'https://a.test/': server certificate verification failed. CAfile: none CRLfile: none",
    'certificate',
  ],
  [
    "fatal: unable to access 'https://a.test/': Failed to connect to a.test port 443 after 1 ms: Couldn't connect to server",
    'refused',
  ],
  [
    "fatal: unable to access 'https://a.test/': Failed to connect to p.test port 3128 after 1 ms: Couldn't connect to server",
    'proxy',
  ],
  [
    "fatal: unable to access 'https://a.test/': Failed to connect to a.test port 443 after 9 ms: Connection timed out",
    'dropped',
  ],
  ['ssh: connect to host a.test port 22: Connection timed out', 'dropped'],
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'key'],
  ['me@a.test: Permission denied (publickey).\nfatal: the remote end hung up unexpectedly', 'login'],
  ['fatal: the remote end hung up unexpectedly', 'dropped'],
  ["fatal: unable to access 'https://a.test/': The requested URL returned error: 503", 'other'],
  ["fatal: unable to access 'https://a.test/': gnutls_handshake() failed: Handshake failed", 'other'],
  ["fatal: could not read Username for 'https://a.test': terminal prompts disabled", 'login'],
  ['fatal: unable to update url base from redirection:', 'moved'],
])('git: %s', (said, kind) => {
  expect(judgeWords(said, 'a.test')?.kind).toBe(kind);
});

test('the name of a repository is no word of the network', () => {
  expect(
    judgeWords("fatal: repository 'https://a.test/CERT-certificate/' not found", 'a.test'),
  ).toBeUndefined();
});

test('what no network says is a mistake of our own', () => {
  expect(judgeError(new TypeError('x is not a function'), 'a.test')).toBeUndefined();
});

test('a proxy is told from the place behind it', () => {
  expect(
    judgeError(new AskError('the proxy p.test:3128 refused to fetch a.test (HTTP 403)'), 'a.test')?.kind,
  ).toBe('proxy');
  expect(judgeStatus(403, '', true).kind).toBe('proxy');
  expect(judgeStatus(403, '', false).kind).toBe('login');
  expect(judgeStatus(407, '', false).kind).toBe('proxy');
  expect(judgeStatus(200, '<!doctype html><form>Sign in</form>', false).kind).toBe('proxy');
});

test('an answer, a login, another address', () => {
  expect(judgeStatus(200, '<metadata/>', false).kind).toBe('answers');
  expect(judgeStatus(401, '', false).kind).toBe('login');
  expect(judgeStatus(404, '', false).kind).toBe('moved');
  expect(judgeStatus(503, '', false).kind).toBe('other');
});
