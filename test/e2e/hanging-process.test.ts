// A process of ours in which a call to the system hangs, as on a dead file server or a pipe that nobody writes.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {expect, onTestFinished, test} from 'vitest';
import {main} from './paths.ts';

const compiled = join(dirname(main), '..');
const load = (path: string): string => JSON.stringify(pathToFileURL(join(compiled, path)).href);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Newer Nodes leave with their exit code (execve), older ones are killed. */
const endOf = ({code, signal}: Ended): number | string | null => code ?? signal;
const left = (code: number): number | string => ('execve' in process ? code : 'SIGKILL');

/** @param program Body of a program of `runProcess`; `hang()` never ends. `sees` waits for what it prints. */
async function start(program: string) {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-e2e-'));
  onTestFinished(() => rm(folder, {recursive: true, force: true}));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const script = `
    import {readFile} from 'node:fs/promises';
    import {runProcess} from ${load('cli/process.js')};
    import {orStopped} from ${load('core/stop.js')};
    await runProcess(async (terminal) => {
      const hang = () => readFile(${JSON.stringify(pipe)});
      terminal.stdout.write('ready');
      ${program}
    }, {first: 'stopping', second: 'type: reap'});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  let look: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  });
  const done = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({code, signal, stdout, stderr})),
  );
  const sees = (text: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (`${stdout}${stderr}`.includes(text)) resolve();
      };
      look();
    });
  return {child, done, sees};
}

test('the second signal ends a process in which a read hangs for ever, and its last words are there', async () => {
  const {child, done, sees} = await start('return await hang();');
  await sees('ready');
  child.kill('SIGINT');
  await sees('stopping');
  child.kill('SIGINT');
  const ended = await done;
  expect(endOf(ended)).toBe(left(3));
  expect(ended.stderr).toContain('left at once. type: reap');
});

test('the second signal is exit 3 where nothing hangs in the system', async () => {
  const {child, done, sees} = await start('return await new Promise(() => setInterval(() => {}, 1e6));');
  await sees('ready');
  child.kill('SIGTERM');
  await sees('stopping');
  child.kill('SIGTERM');
  const ended = await done;
  expect(endOf(ended)).toBe(3);
  expect(ended.stderr).toContain('left at once');
});

test('a program that has come to its end does not wait for what hangs', async () => {
  const {done} = await start(
    "void hang(); terminal.stdout.write('x'.repeat(200_000) + 'the end'); return 4;",
  );
  const ended = await done;
  expect(endOf(ended)).toBe(left(4));
  expect(ended.stdout).toMatch(/the end$/);
});

test('after the first signal work that hears nothing is given up', async () => {
  const {child, done, sees} = await start('return await orStopped(hang(), terminal.signal, 100);');
  await sees('ready');
  child.kill('SIGINT');
  const ended = await done;
  expect(endOf(ended)).toBe(left(130));
  expect(ended.stderr).toContain('Interrupted by SIGINT');
});
