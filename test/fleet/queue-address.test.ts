import {expect, test} from 'vitest';
import {parseQueueAddress} from '../../src/fleet/queue-address.ts';

test.each([
  ['redis://queue:6379', 'redis', 'redis://queue:6379'],
  ['rediss://user:pw@queue.example.com:6380/2', 'redis', 'rediss://queue.example.com:6380/2'],
  ['redis+sentinel://:pw@a:26379,b:26379/main', 'redis', 'redis+sentinel://a:26379,b:26379/main'],
  ['postgres://me:pw@db/queue', 'postgres', 'postgres://db/queue'],
])('%s is shown without its password', (url, kind, name) => {
  expect(parseQueueAddress(url, false)).toEqual({kind, name, url});
});

test.each(['http://queue', 'queue:6379', '', 'redis:/queue'])(
  '%j names no queue, and is not repeated',
  (url) => {
    expect(() => parseQueueAddress(url, true)).toThrow('--queue names no queue.');
  },
);

test('a password on the command line is refused, since `ps` shows it, and is not repeated', () => {
  expect(() => parseQueueAddress('redis://:s3cret@queue', true)).toThrow(/can be read by every user/);
  expect(() => parseQueueAddress('redis://:s3cret@queue', true)).not.toThrow(/s3cret/);
  expect(parseQueueAddress('redis://:s3cret@queue', false).name).toBe('redis://queue');
});
