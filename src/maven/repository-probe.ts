// Asks whether Cloudera's repository has the parent pom of a release, and remembers the answer for ten minutes. Decides
// nothing; see ask.ts for the network.
import {createHash} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import {parsePom} from './pom.ts';
import {AskError, type Answer, type Ask} from '../core/answer.ts';
import {judgeError} from '../core/reach.ts';
import {lacks, type ProbeQuestion, type ProbeResult} from './dependency-choice.ts';

const rememberedForMs = 10 * 60_000;

const memorySchema = z.object({
  formatVersion: z.literal(2),
  /** By all that an answer depends on, hashed: a proxy's password may be among it. */
  answers: z.record(
    z.string(),
    z.object({
      isAnswering: z.boolean(),
      isThere: z.boolean(),
      detail: z.string(),
      lacks: z.enum(lacks).optional(),
      atMs: z.number(),
    }),
  ),
});

export interface ProbeOptions {
  /** Where answers are remembered; without one that can be read and written, nothing is remembered. */
  readonly folder: string;
  /** Time of the question, milliseconds since 1970. */
  readonly nowMs: number;
  /** All that the answer depends on besides the question: proxies, certificates. */
  readonly dependsOn: readonly unknown[];
  /** For all of it, redirects and a slow answer included. */
  readonly limitMs?: number;
}

/** @returns Never throws for a network error: the pom is a yes, anything else a no with its reason. */
export async function probeRepository(
  question: ProbeQuestion,
  ask: Ask,
  {folder, nowMs, dependsOn, limitMs = 5_000}: ProbeOptions,
): Promise<ProbeResult> {
  const file = join(folder, 'cloudera.json');
  const key = createHash('sha256')
    .update(JSON.stringify([question, dependsOn]))
    .digest('hex');
  const known = await readJsonFile(file, memorySchema, 'The remembered probe').catch(() => undefined);
  const answers = Object.fromEntries(
    Object.entries(known?.answers ?? {}).filter(
      ([, {atMs}]) => atMs <= nowMs && nowMs - atMs < rememberedForMs,
    ),
  );
  const url = withoutLogin(question.url);
  const remembered = answers[key];
  if (remembered !== undefined) {
    const {isAnswering, isThere, detail, lacks: lack} = remembered;
    return {url, isAnswering, isThere, detail, ...(lack === undefined ? {} : {lacks: lack})};
  }
  const result = await askOnce(question, ask, limitMs);
  await mkdir(folder, {recursive: true})
    .then(() =>
      writeJsonFile(file, {formatVersion: 2, answers: {...answers, [key]: {...result, atMs: nowMs}}}),
    )
    .catch(() => undefined);
  return {url, ...result};
}

function withoutLogin(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}

type Verdict = Omit<ProbeResult, 'url'> & {readonly isThere: boolean};

function noAnswer(detail: string, lack?: ProbeResult['lacks']): Verdict {
  return {isAnswering: false, isThere: false, detail, ...(lack === undefined ? {} : {lacks: lack})};
}

/** @throws What is a mistake of our own, which is not to be remembered. */
async function askOnce(question: ProbeQuestion, ask: Ask, limitMs: number): Promise<Verdict> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    return judge(question, await ask(question.url, signal));
  } catch (error) {
    if (signal.aborted) return noAnswer(`no whole answer within ${limitMs / 1000} s`);
    const reach = judgeError(error, new URL(question.url).hostname);
    if (reach === undefined) throw error;
    const {kind, detail} = reach;
    if (kind === 'certificate')
      return noAnswer(detail.replace(' (', '; --ca-cert FILE can change that ('), 'certificate');
    return noAnswer(detail, error instanceof AskError && error.status === 407 ? 'proxy-login' : undefined);
  }
}

function judge({artifactId, version}: ProbeQuestion, {status, text}: Answer): Verdict {
  const detail = (words: string): Verdict => ({
    isAnswering: false,
    isThere: true,
    detail: `${words} (HTTP ${status})`,
  });
  if (status === 200) {
    return isPomOf(artifactId, version, text)
      ? {isAnswering: true, isThere: true, detail: `HTTP ${status}`}
      : detail(
          /<html|<!doctype html/i.test(text)
            ? 'it answers with a web page instead of the pom, perhaps a login page'
            : `what it answers is not the pom of ${artifactId} ${version}`,
        );
  }
  if (status === 401) return {...detail('it wants a login'), lacks: 'login'};
  if (status === 403) return detail('it refuses');
  if (status === 404 || status === 410) return detail(`it has no ${artifactId} ${version}`);
  if (status === 405) return detail('it does not serve files');
  if (status === 429) return detail('it was asked too often');
  if (status >= 500) return detail('it answers with an error of its own');
  return detail('Maven does not accept its answer');
}

function isPomOf(artifactId: string, version: string, text: string): boolean {
  try {
    const pom = parsePom(text, 'the answer');
    return pom.artifactId === artifactId && (pom.version ?? version) === version;
  } catch {
    return false; // Whatever it is.
  }
}
