// The smoke queries on several nodes, one after the other, and the report of them all. Knows no terminal.
import {basename} from 'node:path';
import {ExpectedError} from '../core/errors.ts';
import {createRedactor, redactDeep} from '../core/redact.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {renderAnswer, renderVerdict, type NodeAnswers, type SmokeReport} from './server-answers.ts';
import {smokeNode, type SmokeRequest} from './smoke-node.ts';

export interface SmokeTools {
  readonly open: (target: string) => Promise<RemoteHost>;
  /** @param isWrong Whether it has to be said in any case. */
  readonly say: (line: string, isWrong: boolean) => void;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** @param dist Absolute path; it need not be there. @param targets At least one. */
export async function smokeNodes(
  dist: string,
  targets: readonly string[],
  request: SmokeRequest,
  {open, say, now, signal}: SmokeTools,
): Promise<SmokeReport> {
  const redact = createRedactor();
  const at = now().toISOString();
  const nodes: NodeAnswers[] = [];
  let release: string | undefined;
  for (const target of targets) {
    let host: RemoteHost | undefined;
    try {
      host = await open(target);
      const {release: found, ...answered} = await smokeNode(
        dist,
        host,
        request,
        (answer) => say(`${target}: ${redact(renderAnswer(answer))}`, answer.status === 'failed'),
        signal,
      );
      release = found;
      // A report is there to be sent.
      const node = redactDeep(answered, redact) as NodeAnswers;
      nodes.push(node);
      for (const [name, lines] of Object.entries(node.logs))
        for (const line of lines) say(`${target}:         ${name}: ${line}`, true);
      say(renderVerdict(basename(dist), node), !node.ok);
    } catch (error) {
      if (signal.aborted || targets.length === 1 || !(error instanceof ExpectedError)) throw error;
      // The others are asked all the same, and what they say is not lost.
      const message = redact(error.message);
      const answers = [{name: 'server', status: 'failed', message, ms: 0}] as const;
      nodes.push({host: target, ok: false, layout: request.install.layout, url: '', answers, logs: {}});
      say(`${target}: ${message} ${redact(error.hint)}`, true);
    } finally {
      host?.close();
    }
  }
  return {dist: basename(dist), release, ok: nodes.every(({ok}) => ok), at, nodes};
}
