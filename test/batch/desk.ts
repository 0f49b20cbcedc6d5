// A place from which a run can be asked for in this process: a terminal that keeps what it is told, folders of its own,
// the sample as the source and the fake machine. Nothing of this host is looked at.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type * as z from 'zod';
import {openSessionFor} from '../../src/batch/arguments.ts';
import type {BuildOptions, BuildRow} from '../../src/batch/build-options.ts';
import {runPreflight, type Preflight, type PreflightOptions} from '../../src/batch/preflight.ts';
import type {Report} from '../../src/batch/report.ts';
import {openSession, type Session} from '../../src/batch/session.ts';
import type {EventBody} from '../../src/core/events.ts';
import type {Terminal} from '../../src/core/terminal.ts';
import type {scenarioSchema} from '../../src/machine/fake.ts';
import {makeFolder} from '../core/fixtures.ts';

type Scenario = z.input<typeof scenarioSchema>;

export interface Desk {
  readonly folder: string;
  readonly output: string;
  readonly terminal: Terminal;
  /** All that was written to stderr. */
  readonly said: () => string;
  /** What the operator's first signal does. */
  readonly stop: (reason: Error) => void;
  readonly session: () => Promise<Session>;
  readonly play: (scenario: Scenario) => Promise<string>;
  /** Options of a small build of the sample. */
  readonly options: (more?: BuildOptions) => BuildOptions;
  readonly preflight: (rows: readonly BuildRow[], how?: Partial<PreflightOptions>) => Promise<Preflight>;
}

/** @param env Besides what keeps the tool within its folders. */
export async function openDesk(env: Terminal['env'] = {}): Promise<Desk> {
  const folder = await makeFolder();
  const output = join(folder, 'out');
  await mkdir(output);
  const controller = new AbortController();
  let text = '';
  const stream = {isTTY: false, columns: 100, write: (chunk: string) => (text += chunk) !== ''};
  const scenario = join(folder, 'scenario.json');
  const play = async (played: Scenario): Promise<string> => {
    await writeFile(scenario, JSON.stringify(played));
    return scenario;
  };
  await play({});
  const terminal = {
    argv: ['build'],
    env: {
      PATH: process.env.PATH,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      BUILD_SPARK_FAKE: scenario,
      ...env,
    },
    home: folder,
    cwd: folder,
    isRoot: false,
    stdin: {isTTY: false},
    stdout: stream,
    stderr: stream,
    secrets: new Set<string>(),
    signal: controller.signal,
  } as unknown as Terminal;
  return {
    folder,
    output,
    terminal,
    said: () => text,
    stop: (reason) => controller.abort(reason),
    session: () => openSession(terminal, {}),
    play,
    options: (more = {}) => ({
      ...{cdh: ['5.7.0'], source: 'sample', provider: 'fake', memory: 2048, cpus: 1, output},
      ...more,
    }),
    preflight: async (rows, how = {}) =>
      runPreflight(await openSessionFor(terminal, rows), rows, {
        ...{boots: true, onWait: (line) => (text += `${line}\n`)},
        ...how,
      }),
  };
}

/** A report that keeps the events. */
export function keepEvents(): {readonly report: Report; readonly events: readonly EventBody[]} {
  const events: EventBody[] = [];
  return {
    events,
    report: {
      runId: '20261127T120000-0000',
      emit: (event) => void events.push(event),
      onLogLine: () => () => () => undefined,
      whenDrained: () => undefined,
      printSummary: () => Promise.resolve(),
      close: () => undefined,
    },
  };
}

/** What became of each build, in the order of the events. */
export function listEnds(events: readonly EventBody[]): readonly (readonly string[])[] {
  return events.flatMap((event) =>
    event.type === 'build.finished'
      ? [[event.buildId, event.status, ...(event.failure === undefined ? [] : [event.failure.kind])]]
      : [],
  );
}
