// What else the proxy's HAProxy serves than our spec: refused to be given up in silence, and watched over the change.
import type {Clock} from '../core/clock.ts';
import {BuildError} from '../core/errors.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {ConfirmError} from './apply-confirm.ts';
import {parseListening, type ProxyFacts} from './apply-facts.ts';
import {describeSection, findForeign, outlineConfig} from './config-outline.ts';

class ForeignSectionsError extends BuildError {}

/** @throws ForeignSectionsError with each section and port that the present file has and the new one lacks. */
export function refuseLoss(name: string, path: string, facts: ProxyFacts, wanted: string): void {
  const {config} = facts;
  if (config === undefined || config.isPackaged) return;
  const lost = findForeign(config.text, wanted);
  if (lost.length === 0) return;
  throw new ForeignSectionsError(
    `On ${name}, ${path} serves what the new configuration lacks:\n${lost.map((section) => `  ${describeSection(section)}`).join('\n')}`,
    'Put these sections into a file and name it in the spec, extra: own.cfg; or give them up with --replace.',
  );
}

/** @returns Ports of the present configuration that answer, and that the new one has too. */
export function findAnswering({config, listening}: ProxyFacts, wanted: string): readonly number[] {
  const portsOf = (text: string): readonly number[] =>
    outlineConfig(text).sections.flatMap(({ports}) => ports);
  const next = new Set(portsOf(wanted));
  return portsOf(config?.text ?? '').filter((port) => listening.has(port) && next.has(port));
}

/** @throws ConfirmError when one of these ports does not answer any more. */
export async function confirmAnswering(
  host: RemoteHost,
  ports: readonly number[],
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<void> {
  if (ports.length === 0) return;
  const endMs = clock.monotonicMs() + 5_000;
  for (;;) {
    const {stdout} = await host.run(['cat', '/proc/net/tcp', '/proc/net/tcp6'], {allow: 'any', signal});
    const listening = parseListening(stdout);
    const missing = ports.filter((port) => !listening.has(port));
    if (missing.length === 0) return;
    if (clock.monotonicMs() > endMs)
      throw new ConfirmError(
        `Port ${missing.join(', ')} answered before and does not with the new configuration.`,
        'Everything is as before. Look at the sections of that port.',
      );
    await clock.sleep(200, signal);
  }
}
