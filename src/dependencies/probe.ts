// Asks whether Cloudera's repository answers, and remembers the answer for ten minutes. Decides nothing; see ask.ts for the network.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import {describeError} from '../core/errors.ts';
import {readJsonFile, writeJsonFile} from '../core/files.ts';
import type {Ask} from './ask.ts';
import type {ProbeResult} from './choose.ts';

const rememberedForMs = 10 * 60_000;
const limitMs = 5_000;

const answerSchema = z.object({
  formatVersion: z.literal(1),
  url: z.string(),
  isAnswering: z.boolean(),
  detail: z.string(),
  atMs: z.number(),
});

/**
 * @param folder Where answers are remembered; one that cannot be read or written is done without.
 * @param nowMs Time of the question, milliseconds since 1970.
 * @returns Never throws for the network's sake: an answer of 200 is a yes, all else a no with its reason.
 */
export async function probeRepository(
  url: string,
  folder: string,
  ask: Ask,
  nowMs: number,
): Promise<ProbeResult> {
  const file = join(folder, 'cloudera.json');
  const known = await readJsonFile(file, answerSchema, 'The remembered probe').catch(() => undefined);
  if (known?.url === url && known.atMs <= nowMs && nowMs - known.atMs < rememberedForMs) {
    return {url, isAnswering: known.isAnswering, detail: known.detail};
  }
  const result = await askOnce(url, ask);
  await mkdir(folder, {recursive: true})
    .then(() => writeJsonFile(file, {formatVersion: 1, ...result, atMs: nowMs}))
    .catch(() => undefined);
  return result;
}

async function askOnce(url: string, ask: Ask): Promise<ProbeResult> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const status = await ask(url, signal);
    const meaning =
      {401: ', it wants a login', 403: ', it refuses', 404: ', it has no such parent pom'}[status] ?? '';
    return {url, isAnswering: status === 200, detail: `HTTP ${status}${meaning}`};
  } catch (error) {
    const detail = signal.aborted ? `no answer within ${limitMs / 1000} s` : describeError(error);
    return {url, isAnswering: false, detail};
  }
}
