// The words for why a build failed, and which of them a step stands for when nothing else is known. Knows no evidence.

export type FailureKind =
  | 'memory'
  | 'disk-full'
  | 'dependency'
  | 'network'
  | 'guest-packages'
  | 'compile-error'
  | 'jvm-crash'
  | 'connection-lost'
  | 'machine-gone'
  | 'timeout'
  | 'silence'
  | 'source'
  | 'boot'
  | 'provision'
  | 'patch'
  | 'script'
  | 'smoke'
  | 'verify'
  | 'interrupted'
  | 'unknown';

const phases: readonly (readonly [RegExp, FailureKind])[] = [
  [/boot/i, 'boot'],
  [/provision/i, 'provision'],
  [/patch|undelete|check out/i, 'patch'],
  [/distribution|compile|build/i, 'script'],
  [/smoke/i, 'smoke'],
  [/fetch|verify|publish/i, 'verify'],
  [/source|maven/i, 'source'],
];

/** @param step Its name, as in the recipe. */
export function findPhase(step: string): FailureKind {
  return phases.find(([pattern]) => pattern.test(step))?.[1] ?? 'unknown';
}
