// Opens a provider by its name: what its own tools say about a machine, and how they destroy it when Vagrant cannot.
import type {AsRoot} from '../core/as-root.ts';
import type {Exec} from '../core/exec.ts';
import {CommandError} from '../core/exec.ts';
import type {ProviderMachines} from './providers/provider-row.ts';
import {findRow, type RealProvider} from './providers/table.ts';

export interface Provider extends ProviderMachines {
  readonly name: RealProvider;
}

export interface ProviderTools {
  readonly exec: Exec;
  readonly asRoot: AsRoot;
}

/** @throws CommandMissingError from its methods when the provider's tools have gone from this host. */
export function createProvider(name: RealProvider, {exec, asRoot}: ProviderTools): Provider {
  // The time is for a starved host: with fifteen processes to two cores, `lxc-destroy` was seen to take 100 seconds.
  const row = findRow(name);
  const opened = row.open({
    exec,
    asRoot,
    tryAll: async (commands) => {
      for (const argv of commands) {
        await exec(argv, {allow: 'any', timeoutMs: 180_000}).catch((error: unknown) => {
          if (!(error instanceof CommandError)) throw error;
        });
      }
    },
  });
  return {...opened, name: row.name};
}
