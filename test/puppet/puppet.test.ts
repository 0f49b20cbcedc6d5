// Puppet's own tests within ours: one entry a check of test/puppet/run. Knows nothing of Puppet.
import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';

const missingToolsExitCode = 4;

const run = (env: NodeJS.ProcessEnv) =>
  spawnSync('test/puppet/run', {encoding: 'utf8', cwd: new URL('../..', import.meta.url), env});

test('the module is valid, clean, and its catalogues are right on every system', {timeout: 600_000}, context => {
  const {status, stdout, stderr} = run(process.env);
  context.skip(status === missingToolsExitCode, `Puppet's test tools are missing here.\n${stdout}`);
  expect({status, output: stdout + stderr}).toEqual({
    status: 0,
    output: expect.stringMatching(/^ok {6}rspec-puppet: \d{2,} examples\n5 passed, 0 failed$/m),
  });
});

test('a host without the tools is told which packages it lacks', () => {
  const {status, stdout} = run({PATH: '/nowhere'});
  expect({status, stdout}).toMatchObject({
    status: missingToolsExitCode,
    stdout: expect.stringContaining('apt-get install puppet-agent puppet-lint ruby-rspec-puppet'),
  });
});
