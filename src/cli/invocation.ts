// What a command may know of how it was called, beside its options.

export interface Invocation {
  /** Attribute names of the options that stood on the command line, not in a variable or the configuration. */
  readonly typed: ReadonlySet<string>;
}
