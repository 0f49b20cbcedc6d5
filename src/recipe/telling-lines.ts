// Picks the lines of a failed build's log that people would look for first. Pure; knows no cause and no remedy.
import {cutLine} from '../core/printable.ts';

/** How Maven, compilers, the JVM, package managers, Puppet, git and our own scripts begin what went wrong. */
const telling: readonly RegExp[] = [
  /^\s*\[(?:ERROR|FATAL|error)\]/,
  /^(?:E|Err|Error|ERROR|FAILED|fatal|error): ?/,
  /^(?:Caused by: |Exception in thread )/,
  /^(?:\/\S*\/)?(?:bash|sh|cp|mv|tar|git|curl|patch|mvn)(?:\[\d+\])?: /,
  /^[\w./-]*\.sh: /,
  /\bjava\.lang\.\w*Error\b|Killed process|No space left on device|BUILD FAILURE/,
];
/** Maven's advice after each failure. */
const advice =
  /^\[ERROR\] *$|Re-run Maven|For more information about the errors|\[Help \d+\] http|After correcting the problems/;

const mostLines = 40;
const before = 1;
const longest = 1_000;

/** @returns The last lines that tell something, each with the one before it; the very last ones where none does. */
export function findTellingLines(lines: readonly string[]): readonly string[] {
  const shown = new Set<number>();
  for (let index = lines.length - 1; index >= 0 && shown.size < mostLines - before; index--) {
    const line = lines[index] ?? '';
    if (advice.test(line) || !telling.some((pattern) => pattern.test(line))) continue;
    for (let at = Math.max(0, index - before); at <= index; at++) shown.add(at);
  }
  const chosen =
    shown.size === 0
      ? lines.slice(-15)
      : lines.filter((line, index) => shown.has(index) && !advice.test(line));
  return chosen.map((line) => cutLine(line, longest));
}
