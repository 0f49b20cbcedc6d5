import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {describe, expect, test} from 'vitest';
import {CommandError, CommandMissingError, createExec} from '../../src/core/exec.ts';
import {isRunning, makeFolder, realExec as exec, until} from './fixtures.ts';

const sh = (script: string, ...args: string[]): [string, ...string[]] => ['sh', '-c', script, 'sh', ...args];

test('an answer is kept byte for byte: long lines are not broken, carriage returns stay', async () => {
  const script = "process.stdout.write('ab\\0'.repeat(400_000) + 'x\\r\\ny\\rz\\n')";
  const {stdout} = await exec(['node', '-e', script]);
  expect(stdout === `${'ab\0'.repeat(400_000)}x\r\ny\rz`).toBe(true);
});

test('an answer that is too long to be kept whole is an error, not half an answer', async () => {
  const script = "for (let i = 0; i < 40; i++) process.stdout.write('x'.repeat(1024 * 1024))";
  await expect(exec(['node', '-e', script])).rejects.toThrow('printed more than 32 MiB');
});

test('a command that has ended leaves no timer, which would hold up the end of the process', async () => {
  const countTimers = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = countTimers();
  await exec(['true'], {timeoutMs: 60_000});
  expect(countTimers()).toBeLessThanOrEqual(before);
});

describe('exec', () => {
  test('gives output and exit code', async () => {
    expect(await exec(sh('echo out; echo err >&2'))).toEqual({exitCode: 0, stdout: 'out', stderr: 'err'});
  });

  test('another exit code throws with the argv, the code and the end of what was printed', async () => {
    const error = await exec(sh('echo why >&2; exit 7')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      result: {exitCode: 7},
      message: expect.stringMatching(/exit code 7:\nwhy$/),
    });
  });

  test.each([
    {allow: [0, 7] as const, code: 7},
    {allow: 'any' as const, code: 9},
  ])('an allowed exit code does not throw: $allow', async ({allow, code}) => {
    expect(await exec(sh(`exit ${code}`), {allow})).toMatchObject({exitCode: code});
  });

  test('a list of allowed exit codes does not imply 0', async () => {
    await expect(exec(['true'], {allow: [1]})).rejects.toBeInstanceOf(CommandError);
  });

  test('a death by signal is never a success, whatever is allowed', async () => {
    await expect(exec(sh('kill -9 $$'), {allow: 'any'})).rejects.toMatchObject({
      message: expect.stringContaining('SIGKILL'),
    });
  });

  test('no value ever meets a shell', async () => {
    const words = ['$(touch x)', '; ls', 'a\nb', '-n', "it's", '"', '*', ''];
    const {stdout} = await exec([
      'node',
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...words,
    ]);
    expect(JSON.parse(stdout)).toEqual(words);
  });

  test('a missing command is named, with setup as the remedy', async () => {
    const error = await exec(['build-spark-no-such-command']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandMissingError);
    expect(error).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('build-spark-no-such-command'),
    });
  });

  test('a missing folder is not taken for a missing command', async () => {
    const error = await exec(['true'], {cwd: '/no/such/folder'}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(CommandMissingError);
  });

  test('stdin is closed unless input is given', async () => {
    expect(await exec(['cat'])).toMatchObject({stdout: ''});
    expect(await exec(['cat'], {input: 'a\nb\n'})).toMatchObject({stdout: 'a\nb'});
    expect(await exec(['cat'], {input: Readable.from([Buffer.from('c')])})).toMatchObject({stdout: 'c'});
  });

  test('a command that does not read its input still gives its own exit code', async () => {
    const input = Readable.from([Buffer.alloc(5_000_000)]);
    await expect(exec(sh('exit 3'), {input})).rejects.toMatchObject({result: {exitCode: 3}});
    await expect(exec(sh('exit 3'), {input: 'x'.repeat(5_000_000)})).rejects.toMatchObject({
      result: {exitCode: 3},
    });
  });

  test('commands see what they inherit of the environment handed in, changed by `env`, and nothing of ours', async () => {
    process.env.TZ = 'ours';
    const own = createExec({PATH: process.env.PATH, HOME: '1', TMPDIR: '2'});
    const {stdout} = await own(['env'], {env: {TMPDIR: undefined, C: '3'}});
    delete process.env.TZ;
    const lines = stdout.split('\n');
    expect(lines).toEqual(expect.arrayContaining(['HOME=1', 'C=3']));
    expect(stdout).not.toMatch(/^(TMPDIR|TZ)=/m);
  });

  test('onLine gets each line as it comes; the result then holds the last 2,000', async () => {
    const lines: string[] = [];
    const {stdout} = await exec(sh('seq 1 3000; printf last'), {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(lines).toHaveLength(3001);
    expect(lines.at(-1)).toBe('stdout last');
    expect(stdout.split('\n')).toHaveLength(2000);
    expect(stdout.startsWith('1002\n')).toBe(true);
  });

  test('a timeout stops the command and says so', async () => {
    const error = await exec(['sleep', '60'], {timeoutMs: 50}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      result: {timedOut: true},
      message: expect.stringContaining('took too long'),
    });
  });

  test('a timeout counts even when the command then exits with 0', async () => {
    await expect(
      exec(sh('trap "exit 0" TERM; sleep 60 & wait'), {timeoutMs: 50, allow: 'any'}),
    ).rejects.toBeInstanceOf(CommandError);
  });

  test('an abort throws its reason and ends grandchildren too, also those that ignore the first signal', async () => {
    const folder = await makeFolder();
    const pidFile = join(folder, 'pid');
    const controller = new AbortController();
    const reason = new Error('stopped');
    const running = exec(
      sh(
        `(trap '' INT TERM; echo $$ > /dev/null; sh -c 'echo $$ > "$1"; exec sleep 60' sh "$1") & wait`,
        pidFile,
      ),
      {
        signal: controller.signal,
        stopSignal: 'SIGINT',
        stopGraceMs: 100,
      },
    );
    await until(() => existsSync(pidFile));
    await until(async () => (await readFile(pidFile, 'utf8')).endsWith('\n'));
    const pid = Number(await readFile(pidFile, 'utf8'));
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await until(() => !isRunning(pid));
  });

  test('with a signal that is aborted already nothing is started', async () => {
    const folder = await makeFolder();
    await expect(
      exec(['touch', join(folder, 'x')], {signal: AbortSignal.abort(new Error('no'))}),
    ).rejects.toThrow('no');
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  test('a background process that keeps the pipes open does not keep us waiting', async () => {
    const {stdout} = await exec(sh('sleep 60 & echo $!'));
    const pid = Number(stdout);
    expect(isRunning(pid)).toBe(true);
    process.kill(pid);
  });
});
