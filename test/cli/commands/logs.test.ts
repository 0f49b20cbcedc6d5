import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {run} from '../../../src/cli/commands/logs.ts';
import type {Terminal} from '../../../src/core/terminal.ts';
import {makeFolder} from '../../core/fixtures.ts';

const log = 'a\u001b]0;title\u0007b\n\u001b[31mred\u001b[0m \u202Etxt\nhalf';

async function show(isTTY: boolean): Promise<string> {
  const home = await makeFolder();
  const folder = join(home, 'state/build-spark/logs/cdh5.7.0');
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, 'build.log'), log);
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const env = {...process.env, XDG_STATE_HOME: join(home, 'state'), XDG_CACHE_HOME: join(home, 'cache')};
  const terminal = {env, home, cwd: home, argv: [], isRoot: false, secrets: new Set<string>()};
  const signal = new AbortController().signal;
  await run(
    {
      ...terminal,
      signal,
      stdin: stdout,
      stderr: stdout,
      stdout: Object.assign(stdout, {isTTY}),
    } as unknown as Terminal,
    {},
    'cdh5.7.0',
  );
  return text;
}

test('on a terminal a log steers nothing', async () => {
  expect(await show(true)).toBe('ab\nred txt\nhalf\n');
});

test('a file or a pipe gets the log as it is', async () => {
  expect(await show(false)).toBe(log);
});
