// The one place where values become shell text, for the remote shell that ssh cannot do without.

/** Quotes one word for a POSIX shell: whatever it holds, the shell sees exactly that one word. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new Error('A word for a shell cannot hold a NUL character.');
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line for a POSIX shell which runs exactly this argv. */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}
