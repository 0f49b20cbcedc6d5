// Owns the NDJSON form of the events: one object a line, as cli.md and core/event-schema.ts say. Knows no text for people.
import {renderJson} from '../core/printable.ts';
import type {Subscriber} from '../core/events.ts';

/** @param write Gets whole lines only; a reader that stops reading must not make us fail. */
export function createJsonReporter(write: (text: string) => void): Subscriber {
  return (event) => write(`${renderJson(event)}\n`);
}
