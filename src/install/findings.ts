// What is wrong with a node, in words: said all at once. Knows no check.

export interface Problem {
  readonly message: string;
  readonly hint: string;
  /** Wrong wherever it is tried, such as a version: exit 2. */
  readonly isUsage?: boolean;
}

export interface Findings {
  readonly problems: readonly Problem[];
  /** Warnings: said, but the install goes on. */
  readonly warnings: readonly string[];
}
