// Types of interruptions.mjs.
import type {Scene} from './scene.mjs';

/** A step's start (`start`: that of the process) and so many ms after it. */
export interface Moment {
  readonly step: string;
  readonly offsetMs: number;
}

export interface Interrupted {
  /** What the tool did wrong or left behind; empty is good. */
  readonly problems: readonly string[];
  /** The build was over before the moment came. */
  readonly missed?: boolean;
  readonly where?: string;
  readonly note?: string;
}

/** @param random Between 0 and 1: which signal, to whom, how far apart. */
type Interrupt = (scene: Scene, moment: Moment, random: () => number) => Promise<Interrupted>;

export const kill: Interrupt;
export const signal: Interrupt;
export const double: Interrupt;
export const pair: Interrupt;
export const stopped: Interrupt;
export const destroyed: Interrupt;
export const poweredOff: Interrupt;
export const cut: Interrupt;
