import stringWidth from 'string-width';
import {stripVTControlCharacters} from 'node:util';
import {setImmediate as turn} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {createScreen} from '../../src/report/screen.ts';
import {createTerminalReporter} from '../../src/report/live-view.ts';
import type {Event} from '../../src/core/events.ts';
import {at, oneOfEach, planGreenBuild} from './sample-events.ts';

function createOutput(columns: number, rows = 24) {
  const written: string[] = [];
  const output = {
    columns,
    rows,
    write: (text: string) => written.push(text),
    on: () => undefined,
    off: () => undefined,
  };
  return {output, written};
}

/** The lines that stay on the screen after the run. */
async function show(events: readonly Event[], columns = 80): Promise<readonly string[]> {
  const {output, written} = createOutput(columns);
  const reporter = createTerminalReporter({output, hasColor: false, verbose: false, now: () => new Date(0)});
  for (const event of events) {
    reporter.subscriber(event);
    await turn();
  }
  reporter.close();
  return stripVTControlCharacters(written.at(-1) ?? '')
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

test('each step is one line with its time, and the machine is the last', async () => {
  const lines = await show(planGreenBuild());
  expect(lines.map((line) => line.slice(2))).toEqual([
    'Boot machine  23s',
    'Make distribution  4m 36s',
    'Destroy machine  5s',
  ]);
});

test('a running step shows its current line, cut to the width', async () => {
  const events = planGreenBuild().slice(0, 7);
  const last = at(40, {
    type: 'log.line',
    buildId: 'cdh5.7.0-1',
    step: 'Make distribution',
    level: 'info',
    line: 'no news',
  });
  expect((await show([...events, last])).join('\n')).toContain('[1/2] Spark Project Core');
  for (const line of await show(events, 20)) expect(stringWidth(line)).toBeLessThan(20);
});

test('a failed step is told, and the steps behind it are not shown as running', async () => {
  const lines = await show([
    oneOfEach['build.started'],
    at(1, {type: 'step.started', buildId: 'cdh5.7.0-1', step: 'Boot machine'}),
    at(3, {
      type: 'step.finished',
      buildId: 'cdh5.7.0-1',
      step: 'Boot machine',
      status: 'failed',
      durationMs: 2000,
    }),
    oneOfEach['build.finished'],
  ]);
  expect(lines[0]).toContain('Boot machine  failed after 2s');
  expect(lines[1]).toMatch(/Make distribution$/);
});

test('a second attempt is shown below the first', async () => {
  const [started, ...rest] = planGreenBuild();
  const lines = await show([started!, ...rest.slice(0, -1), ...rest]);
  expect(lines.map((line) => line.slice(2))).toEqual([
    ...['Boot machine  23s', 'Make distribution  4m 36s', 'Destroy machine  5s'],
    'cdh5.7.0-1, attempt 2',
    ...['Boot machine  23s', 'Make distribution  4m 36s', 'Destroy machine  5s'],
  ]);
});

test('a machine that was kept is not shown as destroyed', async () => {
  const events = planGreenBuild().filter(({type}) => type !== 'machine.destroyed');
  expect((await show(events)).at(-1)).toBe('↓ Destroy machine');
});

test('only a step that has begun is drawn as running, and one that is left out is not drawn as waiting', async () => {
  const [started, ...rest] = planGreenBuild();
  expect((await show([started!])).map((line) => line[0])).toEqual(['◼', '◼', '◼']);
  const failed = at(3, {
    ...{type: 'step.finished', buildId: 'cdh5.7.0-1', step: 'Boot machine'},
    ...{status: 'failed', durationMs: 2000},
  });
  expect((await show([started!, rest[0]!, failed])).map((line) => line[0])).toEqual(['✖', '↓', '◼']);
});

test('a screen that became narrower is wiped and drawn from its top, with what was printed above', () => {
  const {output, written} = createOutput(40);
  const screen = createScreen(output);
  screen.printAbove('warning');
  screen.draw(['a'.repeat(60), 'b']);
  expect(stripVTControlCharacters(written.at(-1)!)).toContain(`${'a'.repeat(38)}…\n`);
  output.columns = 20;
  screen.draw(['a'.repeat(60), 'b']);
  expect(written.at(-1)).toContain('\u001b[H\u001b[J');
  expect(stripVTControlCharacters(written.at(-1)!)).toContain(`warning\n${'a'.repeat(18)}…\nb\n`);
  output.columns = 60;
  screen.draw(['c']);
  expect(written.at(-1)).toContain('\r\u001b[2A');
  expect(written.at(-1)).not.toContain('\u001b[H');
});

test('wide characters count twice, and of too many lines the last are drawn', () => {
  const {output, written} = createOutput(11, 3);
  const screen = createScreen(output);
  screen.draw(['first', '日本語日本語', 'last']);
  expect(stripVTControlCharacters(written.at(-1)!).trim()).toMatch(/^日本語日本?…\nlast$/);
  // cli-truncate 5.2 may go one column too far with wide characters: hence the spare one.
  expect(stringWidth(stripVTControlCharacters(written.at(-1)!).trim().split('\n')[0]!)).toBeLessThanOrEqual(
    11,
  );
  screen.finish(['first', 'second', 'third', 'last']);
  expect(stripVTControlCharacters(written.at(-1)!).trim().split('\n')).toHaveLength(4);
});
