// Installs what this host lacks for builds, or takes that back. Knows no terminal beyond who is asked and told.
import {version} from 'node:process';
import {readProxies} from '../core/proxies.ts';
import type {Terminal} from '../core/terminal.ts';
import {createHost} from '../host/host.ts';
import {parseProvider} from '../host/providers.ts';
import {runSetup, type SetupResult, type SetupTools} from '../host/run-setup.ts';
import {undoSetup} from '../host/setup-undo.ts';
import {openSession} from './session.ts';

export interface AskedSetup {
  readonly provider?: string | undefined;
  readonly mirror?: string | undefined;
  /** Does not ask. */
  readonly yes?: boolean | undefined;
  /** With what a bundle brought. */
  readonly offline?: boolean | undefined;
  /** Takes back what an earlier one did. */
  readonly undo?: boolean | undefined;
}

/** @returns What became of it. @throws UsageError before anything is looked at, HostError when it did not work out. */
export async function setUpHost(
  terminal: Terminal,
  {provider: name, mirror, yes: isYes = false, undo = false, offline: isOffline}: AskedSetup,
  talk: Pick<SetupTools, 'say' | 'onProgress' | 'ask'>,
): Promise<SetupResult['status']> {
  const provider = name === undefined ? undefined : parseProvider(name);
  const {exec, env, paths, clock, signal} = await openSession(terminal, {});
  if (!undo) readProxies(env); // A value that is of no use is named now, not by apt.
  const tools: SetupTools = {host: createHost(exec, env, paths, version), clock, signal, ...talk};
  if (undo) return undoSetup(tools, {isYes});
  return (await runSetup(tools, {isYes, provider, mirror, isOffline})).status;
}
