import {expect, test} from 'vitest';
import {parseQueueAddress, planRemedy} from '../../src/fleet/queue-address.ts';

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

test.each([
  'redis://:t0/k3n@queue',
  'postgres://:t0/k3n@queue/db',
  'postgres://me:t0?k3n@queue/db',
  'redis://:t0k3n@queue:port',
  'redis://queue:99999',
  'redis://:t0%k3n@queue',
  'redis://queue/builds',
  'redis+sentinel://:t0k3n@a:26379',
  'redis+sentinel://:t0%k3n@a:26379/main',
  'redis+sentinel://:t0k3n@a:port/main',
])('%s cannot be read: that is said, and how to write it, without the password', (url) => {
  const parse = () => parseQueueAddress(url, false);
  expect(parse).toThrow('its host, port, password or name cannot be read');
  expect(parse).not.toThrow(/t0.?k3n/);
});

test.each(['redis://:p@queue', 'redis://me@queue', 'postgres://queue/db?password=hunter22'])(
  'also of %s the command line is no place',
  (url) => {
    expect(() => parseQueueAddress(url, true)).toThrow(/can be read by every user/);
  },
);

test.each([
  ['WRONGPASS invalid username-password pair or user is disabled.', 'BUILD_SPARK_QUEUE='],
  ['NOAUTH Authentication required.', 'BUILD_SPARK_QUEUE='],
  ['self-signed certificate', 'NODE_EXTRA_CA_CERTS=<file>'],
  ['unable to verify the first certificate', 'NODE_EXTRA_CA_CERTS=<file>'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'redis-cli -u <url> ping'],
])('%s: what to type', (why, remedy) => {
  expect(planRemedy(why)).toContain(remedy);
});
