// Puts a dist into a folder of another host, over ssh: into a partial folder beside its place, verified there by its
// SHA256SUMS, then one rename under a lock. Whoever comes second finds it there. Knows no build.
import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {PassThrough} from 'node:stream';
import type {Clock} from '../core/clock.ts';
import {CommandError, type CommandOptions, type Exec} from '../core/exec.ts';
import {asError, describeError, HostError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import type {PublishPlace} from './publish-place.ts';
import {readManifest} from './manifest.ts';
import {sendFolder, sshOptions} from './rsync.ts';

interface PublishTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long the other host may take to read every byte of a dist, and to wait for its turn. */
const finishMs = 3_600_000;

/**
 * @param mayPublish Asked before anything is sent, and again while the lock of the place is held. @throws to stop.
 * @returns Whether it is there by this call, or was there already.
 */
export async function publishThere(
  dist: string,
  place: PublishPlace,
  tools: PublishTools,
  {
    replace,
    mayPublish = () => Promise.resolve(),
  }: {readonly replace: boolean; readonly mayPublish?: (() => Promise<void>) | undefined},
): Promise<'sent' | 'there'> {
  const {inputsHash = 'none'} = await readManifest(dist);
  const name = basename(dist);
  const partial = `.${name}.partial-${randomBytes(6).toString('hex')}`;
  const script = await readFile(join(projectRoot, 'data/publish/place.sh'), 'utf8');
  const words = [place.folder, name, partial, inputsHash, replace ? 'yes' : 'no'];
  const ask = (action: string, options: CommandOptions = {}): Promise<string> =>
    askThere(place, ['sh', '-c', script, 'place.sh', action, ...words], tools, options);
  await mayPublish();
  try {
    if ((await ask('begin')) === 'same') return 'there';
    await sendFolder(tools, dist, {address: place.host, path: `${place.folder}/${partial}/dist`});
    const answers = new PassThrough();
    let refusal: unknown;
    const onLine = (line: string): void => {
      if (line !== 'locked') return;
      void mayPublish().then(
        () => answers.end('go\n'),
        (error: unknown) => {
          refusal = error;
          answers.end('no\n');
        },
      );
    };
    const end = await ask('finish', {input: answers, timeoutMs: finishMs, onLine});
    if (refusal !== undefined) throw asError(refusal);
    return end === 'same' ? 'there' : 'sent';
  } catch (error) {
    const path = `${place.folder}/${partial}`;
    await askThere(place, ['rm', '-rf', path], {...tools, signal: AbortSignal.timeout(60_000)}, {}).catch(
      () => undefined,
    );
    throw error;
  }
}

/** @returns The last line of the answer. */
async function askThere(
  {host, folder}: PublishPlace,
  words: readonly string[],
  {exec, signal}: PublishTools,
  options: CommandOptions,
): Promise<string> {
  // ssh joins the words, and the shell there splits them again.
  const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  try {
    const {stdout} = await exec(['ssh', ...sshOptions, '--', host, line], {
      signal,
      timeoutMs: 120_000,
      ...options,
    });
    return stdout.trim().split('\n').at(-1) ?? '';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const said = error.result.stderr.trim().split('\n').slice(-3).join(' ');
    throw new HostError(
      `Nothing can be put into ${host}:${folder}: ${said === '' ? describeError(error) : said}`,
      `See that \`ssh ${host} true\` works here without a question, and that the folder is there and can be written.`,
      {cause: error},
    );
  }
}
