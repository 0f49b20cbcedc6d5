// Owns the few colours we use and the decision whether to use any, and which reporter a stream gets. Pure.
import {styleText} from 'node:util';

export type Env = Readonly<Record<string, string | undefined>>;
export type Tone = 'good' | 'bad' | 'warn' | 'hint' | 'dim' | 'strong';
export type Style = (tone: Tone, text: string) => string;

const formats = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  hint: 'cyan',
  dim: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, unknown>;

export const plainStyle: Style = (_tone, text) => text;

export function createStyle(hasColor: boolean): Style {
  // validateStream: the decision is ours (hasColor), not that of Node, which would look at its own stdout.
  return hasColor ? (tone, text) => styleText(formats[tone], text, {validateStream: false}) : plainStyle;
}

/**
 * Strongest first: --no-color; NO_COLOR unless empty (no-color.org); FORCE_COLOR, where 0 and false say no
 * (force-color.org and Node's own reading); then whether it is a terminal that can.
 */
export function hasColor(env: Env, options: {readonly isTTY: boolean; readonly noColor: boolean}): boolean {
  if (options.noColor || isSet(env.NO_COLOR)) return false;
  const forced = env.FORCE_COLOR;
  if (isSet(forced)) return forced !== '0' && forced !== 'false';
  return options.isTTY && env.TERM !== 'dumb';
}

/** Redrawing needs a terminal with a person in front of it. */
export function hasLiveTerminal(env: Env, isTTY: boolean): boolean {
  const ci = env.CI;
  const isCi = isSet(ci) && ci !== '0' && ci !== 'false';
  return isTTY && env.TERM !== 'dumb' && !isCi;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
