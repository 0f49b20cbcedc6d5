// Owns which reporter a run gets, from the streams and environment that cli/ hands in. Prints nothing itself.
import type {Subscriber} from '../core/events.ts';
import {watchDrain, type DrainStream, type WhenDrained} from './output-drain.ts';
import {createJsonReporter} from './json.ts';
import {createPlainReporter} from './plain.ts';
import {createStyle, type Env, hasColor, hasLiveTerminal, type Style} from './style.ts';
import type {TerminalOptions} from './live-view.ts';

/** `process.stdout` and `process.stderr` are such. */
type ReportStream = TerminalOptions['output'] & DrainStream & {readonly isTTY?: boolean};

export interface ReporterOptions {
  readonly stdout: ReportStream;
  readonly stderr: ReportStream;
  readonly env: Env;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Whether there is anything to wait for. */
  readonly isLong: boolean;
  /** `--no-color` was given. */
  readonly noColor: boolean;
  readonly now: () => Date;
}

export interface Reporter {
  readonly subscribers: readonly Subscriber[];
  /** Where text for people goes: stdout, or stderr when stdout carries JSON. */
  readonly people: ReportStream;
  /** For what is printed there at the end. */
  readonly style: Style;
  readonly columns: () => number;
  readonly whenDrained: WhenDrained;
  /** Before anything else is printed, and before the process ends. Idempotent. */
  readonly close: () => void;
}

/** @param options.quiet Only trouble and, from the caller, the summary. */
export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  const {env, verbose, quiet, now} = options;
  const people = options.json ? options.stderr : options.stdout;
  const isTTY = people.isTTY === true;
  const color = hasColor(env, {isTTY, noColor: options.noColor});
  const json = options.json ? [createJsonReporter((text) => void options.stdout.write(text))] : [];
  const common = {
    people,
    style: createStyle(color),
    columns: () => people.columns ?? 80,
    whenDrained: watchDrain([options.stdout, options.stderr]),
  };
  if (!quiet && options.isLong && hasLiveTerminal(env, isTTY)) {
    const {createTerminalReporter} = await import('./live-view.ts'); // What measures its lines takes a while to load.
    const terminal = createTerminalReporter({output: people, hasColor: color, verbose, now});
    return {...common, subscribers: [...json, terminal.subscriber], close: terminal.close};
  }
  const plain = createPlainReporter({write: (text) => void people.write(text), verbose, quiet});
  const timer = setInterval(() => plain.tick(now()), 15_000).unref();
  return {...common, subscribers: [...json, plain.subscriber], close: () => clearInterval(timer)};
}
