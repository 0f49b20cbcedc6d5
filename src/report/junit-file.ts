// Writes the JUnit file of `--junit`: whole at any moment, from the beginning of a run on.
import {resolve} from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import {describeError, ExpectedError, HostError} from '../core/errors.ts';
import type {Event, Subscriber} from '../core/events.ts';
import {tailOf} from '../core/lines.ts';
import {createRedactor} from '../core/redact.ts';
import type {Collector} from './collector.ts';
import {renderJunit, renderRefusal} from './junit.ts';
import {findTypedSecrets} from '../core/typed-secrets.ts';
import type {Terminal} from '../core/terminal.ts';

const tailLength = 60;

export interface JunitFile {
  readonly subscriber: Subscriber;
  /** Writes what is known now. @throws HostError */
  readonly write: () => void;
}

/** @param collector Must get each event first. */
export function openJunitFile(path: string, collector: Collector, startedAt: Date): JunitFile {
  const tails = new Map<string, ReturnType<typeof tailOf>>();
  const write = (): void => {
    const text = renderJunit(collector.outcome(), {
      startedAt,
      tailOf: (buildId) => tails.get(buildId)?.lines ?? [],
    });
    writeWhole(path, text);
  };
  const subscriber = (event: Event): void => {
    if (event.type === 'log.line' && event.buildId !== undefined) {
      const tail = tails.get(event.buildId) ?? tailOf(tailLength);
      tails.set(event.buildId, tail);
      tail.add(event.line);
    }
    // So that a second signal or a kill leaves a file which says how far it came.
    if (event.type === 'run.started' || event.type === 'build.finished' || event.type === 'run.finished') {
      if (event.type === 'run.started') write();
      else ignoreErrors(write);
    }
  };
  return {subscriber, write};
}

/** A run that was refused is a failure for a CI server too, and the file of an earlier run must not say otherwise. */
export function writeJunitOfRefusal(junit: string, terminal: Terminal, error: unknown): void {
  const {argv, cwd, env, secrets} = terminal;
  const redact = createRedactor([...secrets, ...findTypedSecrets(argv, env)]);
  const hint = error instanceof ExpectedError ? error.hint : '';
  const text = renderRefusal(redact(describeError(error)), redact(hint), new Date());
  ignoreErrors(() => writeWhole(resolve(cwd, junit), text));
}

/** At the end it is written once more, and what is wrong then is said. */
function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

function writeWhole(path: string, text: string): void {
  try {
    writeFileAtomic.sync(path, text, {mode: 0o644});
  } catch (error) {
    throw new HostError(
      `The JUnit file ${path} cannot be written: ${describeError(error)}.`,
      'Name a file in a folder that you may write to: --junit <file>',
    );
  }
}
