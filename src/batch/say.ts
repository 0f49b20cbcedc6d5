// Lines for people beside a report, or before there is one, without secrets.
import type {OutputOptions} from './build-options.ts';
import {createRedactor} from '../core/redact.ts';
import type {Terminal} from '../core/terminal.ts';
import {renderPrintable} from '../core/text.ts';

export function createSay(terminal: Terminal, {quiet}: OutputOptions): (line: string) => void {
  return (line) => {
    const redact = createRedactor([...terminal.secrets]);
    if (quiet !== true) terminal.stderr.write(`${renderPrintable(redact(line))}\n`);
  };
}
