// What may come of a question over http: the contract of http-ask.ts, which loads when something is asked.
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Throws what the network throws, or an AskError. */
export type Ask = (url: string, signal: AbortSignal) => Promise<Answer>;

/** The server gave no answer, for a reason that is a sentence by itself. */
export class AskError extends Error {
  constructor(
    message: string,
    /** Of a proxy that would not: 407 for a login. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
