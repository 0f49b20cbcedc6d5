import {createHmac} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {findKnownHosts, judgeHostKey, parseKnownHosts} from '../../src/remote/known-hosts.ts';

/** A blob that says it is an ed25519 key. */
const key = (letter: string): Buffer => {
  const type = Buffer.from('ssh-ed25519');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, type, Buffer.from(letter.repeat(30))]);
};
const line = (hosts: string, letter: string): string =>
  `${hosts} ssh-ed25519 ${key(letter).toString('base64')} c`;
const judge = (text: string, host: string, port: number, letter: string): string =>
  judgeHostKey(findKnownHosts(parseKnownHosts(text, 'known_hosts'), host, port), key(letter)).status;

describe('known_hosts', () => {
  test('names, patterns, ports and letters of either case', () => {
    const text = `# a comment\n\n${line('node1,*.example.com,!bad.example.com', 'a')}\n${line('[node2]:2222', 'b')}`;
    expect(judge(text, 'Node1', 22, 'a')).toBe('known');
    expect(judge(text, 'x.example.com', 22, 'a')).toBe('known');
    expect(judge(text, 'bad.example.com', 22, 'a')).toBe('unknown');
    expect(judge(text, 'node2', 2222, 'b')).toBe('known');
    expect(judge(text, 'node2', 22, 'b')).toBe('unknown');
    expect(judge(text, 'node1', 2222, 'a')).toBe('known'); // As ssh: no line for the port.
  });

  test('hashed names', () => {
    const salt = Buffer.from('12345678901234567890');
    const hash = createHmac('sha1', salt).update('[node]:2200').digest('base64');
    const text = line(`|1|${salt.toString('base64')}|${hash}`, 'a');
    expect(judge(text, 'node', 2200, 'a')).toBe('known');
    expect(judge(text, 'node', 22, 'a')).toBe('unknown');
  });

  test('a key that changed is told from one that is new', () => {
    expect(judge(line('node', 'a'), 'node', 22, 'b')).toBe('changed');
    expect(judge(line('other', 'a'), 'node', 22, 'b')).toBe('unknown');
  });

  test('revoked wins over known; an authority alone is not enough', () => {
    expect(judge(`${line('node', 'a')}\n@revoked ${line('*', 'a')}`, 'node', 22, 'a')).toBe('revoked');
    expect(judge(`@cert-authority ${line('*', 'c')}`, 'node', 22, 'a')).toBe('authority');
  });
});
