// The shape of one answer about this host. Knows none of them.

/** The remedy for whatever is not installed. */
export const setupRemedy = 'build-spark setup';

export interface Check {
  readonly name: string;
  /** False only for `failed`: a warning does not stop a build. */
  readonly ok: boolean;
  readonly level: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** A command to type; null when there is nothing to fix. */
  readonly remedy: string | null;
}

export function pass(name: string, message: string): Check {
  return {name, ok: true, level: 'ok', message, remedy: null};
}

export function warn(name: string, message: string, remedy: string | null = null): Check {
  return {name, ok: true, level: 'warning', message, remedy};
}

export function fail(name: string, message: string, remedy: string): Check {
  return {name, ok: false, level: 'failed', message, remedy};
}
