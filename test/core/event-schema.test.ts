import {expect, test} from 'vitest';
import {eventSchema} from '../../src/core/event-schema.ts';
import {createJsonReporter} from '../../src/report/json.ts';
import {oneOfEach} from '../report/sample-events.ts';

test.each(Object.entries(oneOfEach))('%s passes the schema as one line of JSON', (type, event) => {
  const lines: string[] = [];
  createJsonReporter((text) => lines.push(text))(event);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  const parsed = eventSchema.parse(JSON.parse(lines[0]!));
  expect(parsed).toEqual(event);
  expect(parsed.type).toBe(type);
});

test.each(Object.values(oneOfEach))('$type without any one of its required fields does not pass', (event) => {
  const optional = new Set(['fraction', 'remainingMs', 'dist', 'failure', 'jobs', 'lines']);
  if (event.type === 'build.planned') ['commit', 'dependencies'].forEach((key) => optional.add(key));
  if (event.type === 'log.line') ['buildId', 'step'].forEach((key) => optional.add(key));
  if (event.type === 'build.started') optional.delete('dist');
  for (const key of Object.keys(event)) {
    const rest = Object.fromEntries(Object.entries(event).filter(([name]) => name !== key));
    expect(eventSchema.safeParse(rest).success, key).toBe(optional.has(key));
  }
});

test('an unknown type, status or field does not pass', () => {
  const started = oneOfEach['step.started'];
  expect(eventSchema.safeParse({...started, type: 'step.paused'}).success).toBe(false);
  expect(eventSchema.safeParse({...started, extra: 1}).success).toBe(false);
  expect(eventSchema.safeParse({...oneOfEach['build.finished'], status: 'ok'}).success).toBe(false);
  expect(eventSchema.safeParse({...started, at: '2026-11-22 20:00'}).success).toBe(false);
});
