// The smoke queries on several nodes, one after the other, and the report of them all. Knows no terminal.
import {basename} from 'node:path';
import {createRedactor} from '../core/redact.ts';
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
    const host = await open(target);
    try {
      const {release: found, ...node} = await smokeNode(
        dist,
        host,
        request,
        (answer) => say(`${target}: ${redact(renderAnswer(answer))}`, answer.status === 'failed'),
        signal,
      );
      release = found;
      nodes.push(node);
      for (const [name, lines] of Object.entries(node.logs))
        for (const line of lines) say(`${target}:         ${name}: ${redact(line)}`, true);
      say(renderVerdict(basename(dist), node), !node.ok);
    } finally {
      host.close();
    }
  }
  return {dist: basename(dist), release, ok: nodes.every(({ok}) => ok), at, nodes};
}
