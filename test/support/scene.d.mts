// Types of scene.mjs.
import type {ChildProcess} from 'node:child_process';

export interface Scene {
  readonly launcher: string;
  /** Part of every name that belongs to the scene: machine, dist. */
  readonly label: string;
  readonly provider: 'lxc' | 'libvirt';
  readonly folder: string;
  readonly state: string;
  readonly temporary: string;
  readonly output: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ToolEvent {
  readonly type: string;
  readonly at: string;
  readonly step?: string;
  readonly status?: string;
  readonly machine?: string;
  readonly failure?: {readonly kind: string; readonly message: string; readonly hint: string};
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
}

export interface ToolRun {
  readonly child: ChildProcess;
  readonly events: readonly ToolEvent[];
  readonly elapsedMs: () => number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly hasEnded: () => boolean;
  readonly find: (type: string, step?: string) => ToolEvent | undefined;
  readonly machines: () => readonly string[];
  readonly ended: Promise<Ended>;
  readonly waitFor: (type: string, step?: string, timeoutMs?: number) => Promise<ToolEvent | undefined>;
  readonly waitForEnd: (timeoutMs: number) => Promise<Ended | undefined>;
}

export interface ToolResult extends Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly ToolEvent[];
  readonly machines: readonly string[];
}

export const defaultLauncher: string;
export function createScene(options?: {
  launcher?: string;
  label?: string;
  folder?: string;
  provider?: 'lxc' | 'libvirt';
  env?: Record<string, string>;
}): Promise<Scene>;
export function planBuildArguments(scene: Scene, extra?: readonly string[]): readonly string[];
export function findDist(scene: Scene): string;
export function startTool(scene: Scene, argv: readonly string[], options?: {logName?: string}): ToolRun;
export function runTool(
  scene: Scene,
  argv: readonly string[],
  options?: {timeoutMs?: number; logName?: string},
): Promise<ToolResult>;
export function runHost(...argv: readonly string[]): Promise<{code: number; stdout: string; stderr: string}>;
export function findLeftovers(
  scene: Scene,
  options?: {mayHaveDist?: boolean; graceMs?: number},
): Promise<readonly string[]>;
export function findProcesses(scene: Scene): Promise<readonly string[]>;
export function checkNextCommands(scene: Scene): Promise<readonly string[]>;
export function clearScene(scene: Scene): Promise<void>;
