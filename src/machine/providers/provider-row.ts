// What a provider's file must give. Knows none of them; loads nothing, since --help reads the table of providers too.
import type {AsRoot} from '../../core/as-root.ts';
import type {Argv, Exec} from '../../core/exec.ts';

type MachineState = 'running' | 'stopped' | 'absent';

interface ProviderTools {
  readonly exec: Exec;
  readonly asRoot: AsRoot;
  /** Runs commands one after the other and takes no notice of how they end: what counts is asked for afterwards. */
  readonly tryAll: (commands: readonly Argv[]) => Promise<void>;
}

/** What the provider's own tools say about a machine, and how they destroy it when Vagrant cannot. */
export interface ProviderMachines {
  /** Asks the provider itself. */
  readState(id: string): Promise<MachineState>;
  /** Ends it at once, where that is quicker than Vagrant's way; it may not exist. Never throws for what the provider says. */
  powerOff?(id: string): Promise<void>;
  /** The last resort after `vagrant destroy`. Only ever called with the full name of a machine in our journal. */
  destroy(id: string): Promise<void>;
}

/** A host on which the provider may work; changes nothing. */
interface ProviderHost {
  readonly vagrantHome: string;
  /** What the provider's own tool prints, or why there is none. */
  readonly ask: (
    argv: readonly [string, ...string[]],
  ) => Promise<{readonly ok: boolean; readonly said: string}>;
}

type Usable =
  | {readonly isUsable: true; readonly reason: string}
  | {readonly isUsable: false; readonly reason: string; readonly remedy: string};

export interface ProviderRow {
  /** Vagrant's own. */
  readonly name: string;
  /** Where it exists at all, and what is said elsewhere. */
  readonly platform?: {readonly name: NodeJS.Platform; readonly reason: string};
  /** Where KVM does not work, QEMU interprets its guests, which takes ten times as long. */
  readonly usesKvm?: true;
  /** Of Vagrant, where it is not built in, and what installs it. */
  readonly plugin?: {readonly name: string; readonly remedy: string};
  /**
   * What it cannot do for two machines at once.
   * - `always`: both `up` and `destroy` one after the other.
   * - `first-up`: what Vagrant does once for a box (download, upload into the provider's storage) is unsafe in parallel,
   *   for Vagrant's own locks hold within one process only. After the first boot of this process it is done.
   * - `never`: all at once.
   */
  readonly serial: 'always' | 'first-up' | 'never';
  /** Where a guest of it finds its host, unless somebody set its network up otherwise. */
  readonly hostAddress: string;
  /** Where it is had, where setup does not install it and no package does. */
  readonly page?: string;
  /** Whether it works on this host; asked where platform, Vagrant and plugin are right. */
  readonly inspect: (host: ProviderHost) => Promise<Usable>;
  readonly open: (tools: ProviderTools) => ProviderMachines;
}
