// What is done on nodes, as it happens: one line an event, of the host that it is about. Knows no build.
import {systemClock} from '../core/clock.ts';
import {createEmitter, type Emit, type Event} from '../core/events.ts';
import {createRedactor} from '../core/redact.ts';
import {createRunId} from '../core/run-id.ts';
import type {Terminal} from '../core/terminal.ts';
import type {OutputOptions} from '../batch/build-options.ts';
import {createJsonReporter} from './json.ts';

export function createNodeReport({stdout, stderr}: Terminal, options: OutputOptions): Emit {
  const people = options.json === true ? stderr : stdout;
  const show = (event: Event): void => {
    const text = renderEvent(event, options);
    if (text !== undefined) people.write(`${text}\n`);
  };
  const json = options.json === true ? [createJsonReporter((text) => void stdout.write(text))] : [];
  const now = (): Date => systemClock.now();
  return createEmitter(createRunId(now()), now, createRedactor(), [...json, show]);
}

function renderEvent(event: Event, {quiet, verbose}: OutputOptions): string | undefined {
  if (event.type === 'log.line') {
    const who = event.buildId ?? '';
    if (event.level === 'warn') return `${who}: WARNING: ${event.line}`;
    return quiet === true ? undefined : `${who}: ${event.line}`;
  }
  if (event.type === 'step.finished' && quiet !== true && event.status === 'done')
    return `${event.buildId}: ${event.step}: done in ${(event.durationMs / 1_000).toFixed(1)} s`;
  if (event.type === 'step.progress' && verbose === true)
    return `${event.buildId}: ${event.step}: ${event.message}`;
  return undefined;
}
