// What a change of the proxy's host is: a command, how it is taken back, and what to do when it fails. No logic.

/** One command, as root, that changes the host. */
export interface Change {
  readonly what: string;
  readonly argv: readonly string[];
  /** Takes it back when the new configuration does not work. */
  readonly undo?: readonly string[];
  /** When the command fails: run this, and the command once more. */
  readonly remedy?: readonly string[];
}
