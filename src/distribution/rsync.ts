// Copies folders between hosts: the only file that calls rsync. Knows nothing of what is in them.
import {mkdir} from 'node:fs/promises';
import type {Clock} from '../core/clock.ts';
import {CommandError, type Exec} from '../core/exec.ts';
import {describeError, HostError} from '../core/errors.ts';

export interface Place {
  /** `user@host` or `user@host:port`; undefined: this host. */
  readonly address?: string | undefined;
  /** Absolute. */
  readonly path: string;
}

interface CopyTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const tries = 3;
const pauseMs = 3_000;

/** What is at `to` already and the same stays; goes on where a connection broke. @throws HostError */
export async function copyFolder(tools: CopyTools, from: Place, to: string): Promise<void> {
  await mkdir(to, {recursive: true});
  await copy(tools, from, [renderPlace(from), `${to}/`], `${from.path} cannot be fetched`);
}

/** Regular files of a folder by their names, as far as they are there; a larger one is left out. @throws HostError */
export async function copyFiles(
  tools: CopyTools,
  from: Place,
  to: string,
  names: readonly string[],
  limitBytes: number,
): Promise<void> {
  const options = [
    ...['--dirs', '--times', '--chmod=F600', '--protect-args', '--timeout=60', `--max-size=${limitBytes}`],
    ...[...names.map((name) => `--include=/${name}`), '--exclude=*'],
  ];
  await copy(tools, from, [renderPlace(from), `${to}/`], `${from.path} cannot be fetched`, options);
}

/** The same the other way; the folder above `to` must be there. @throws HostError */
export async function sendFolder(tools: CopyTools, from: string, to: Place): Promise<void> {
  await copy(tools, to, [`${from}/`, renderPlace(to)], `${from} cannot be sent`);
}

async function copy(
  {exec, clock, signal}: CopyTools,
  {address}: Place,
  ends: readonly [string, string],
  failed: string,
  options = planOptions(),
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await exec(['rsync', ...options, ...planShell(address), '--', ...ends], {signal});
      return;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // The connection; the rest would be the same the next time.
      const isLost = [10, 12, 30, 35, 255].includes(error.result.exitCode);
      if (isLost && attempt < tries) {
        await clock.sleep(pauseMs, signal);
        continue;
      }
      throw new HostError(
        `${failed}${address === undefined ? '' : ` (${address})`}: ${describeError(error)}`,
        address === undefined
          ? 'See to it, then type the same again.'
          : `See that \`ssh ${planTarget(address).join(' ')} true\` works here without a question, then type the same again.`,
        {cause: error},
      );
    }
  }
}

function renderPlace({address, path}: Place): string {
  return `${address === undefined ? '' : `${planTarget(address)[0] ?? ''}:`}${path}/`;
}

/** No owners, devices or set-uid bits; a link that leads out of the folder is left out, and then missed by the check. */
function planOptions(): readonly string[] {
  return [
    '--recursive',
    '--links',
    '--safe-links',
    '--times',
    '--perms',
    '--chmod=ug-s,o-t',
    '--protect-args',
    '--partial',
    '--timeout=60',
  ];
}

function planShell(address: string | undefined): readonly string[] {
  if (address === undefined) return [];
  const [, ...port] = planTarget(address);
  return ['--rsh', ['ssh', ...sshOptions, ...port].join(' ')];
}

/** It may ask nothing, and gives up soon. */
export const sshOptions = ['-oBatchMode=yes', '-oConnectTimeout=20', '-oServerAliveInterval=15'] as const;

/** For ssh: the host, and its port where it is another one. */
function planTarget(address: string): readonly string[] {
  const [, host = address, port] = /^(.*[^:]):(\d+)$/.exec(address) ?? [];
  return port === undefined ? [host] : [host, '-p', port];
}
