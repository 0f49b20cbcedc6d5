// What test/puppet/run says on a host that cannot run it. bin/test runs it as a part of its own.
import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';

test('a host without the tools is told which packages it lacks', () => {
  const {status, stdout} = spawnSync('test/puppet/run', {
    encoding: 'utf8',
    cwd: new URL('../..', import.meta.url),
    env: {PATH: '/nowhere'},
  });
  expect({status, stdout}).toMatchObject({
    status: 4,
    stdout: expect.stringContaining('apt-get install puppet-agent puppet-lint ruby-rspec-puppet'),
  });
});
