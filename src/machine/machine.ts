// The contract of a build machine. Knows no provider and nothing of what is built in it.
import type {Duplex} from 'node:stream';
import type {Argv, CommandResult, LineHandler} from '../core/exec.ts';
import type {RemoteOptions} from '../core/ssh.ts';
import {providers, type RealProvider} from './providers/table.ts';

export {providers};

/** `fake` is the machine of the tests and demonstrations; see fake.ts. */
export type ProviderName = RealProvider | 'fake';

export interface BoxReference {
  readonly name: string;
  readonly url?: string | undefined;
  readonly version?: string | undefined;
  /** `sha256:…`; absent when no source gave one. */
  readonly checksum?: string | undefined;
}

/** All that is decided about a machine before it is created. */
export interface MachineSpec {
  /** The provider's own name of the machine: `build-spark-…`, [a-z0-9.-], at most 60 characters. */
  readonly id: string;
  readonly buildId: string;
  readonly provider: ProviderName;
  readonly box: BoxReference;
  readonly memoryMib: number;
  readonly cpus: number;
  readonly bootTimeoutMs: number;
  /** Its processor is interpreted, since the host has no KVM that works. */
  readonly isEmulated?: boolean | undefined;
  /** Whether a provisioned box of earlier machines is used, and made; absent counts as `off`. */
  readonly goldenBox?: 'auto' | 'off';
}

/** What provisioning needs beyond the spec; may hold secrets, so it is not part of a plan. */
export interface ProvisionData {
  readonly withR: boolean;
  readonly mavenMinimum: string;
  /** PEM by file name. */
  readonly caCertificates: Readonly<Record<string, string>>;
  readonly proxy?:
    | {
        readonly http?: string | undefined;
        readonly https?: string | undefined;
        readonly no?: string | undefined;
        /** The same as `no`, as patterns of whole host names for a shell. */
        readonly direct?: readonly string[] | undefined;
      }
    | undefined;
}

export interface WorkOptions {
  readonly signal: AbortSignal;
  readonly onLine?: LineHandler | undefined;
}

export interface FetchOptions extends WorkOptions {
  /** Whether it may still be written to in the guest, as logs are; else that is a failure. */
  readonly mayChange?: boolean;
}

export interface BootOptions extends WorkOptions {
  /** Folder of this host whose content the user is to have at home, where the provider can do that: no copy by ssh. */
  readonly home?: string | undefined;
}

/** Empty where the provider cannot tell. */
export interface MemoryUse {
  /** Highest use since the boot, page cache included. */
  readonly peakBytes?: number;
  /** Processes that the kernel killed because the machine's limit was reached. */
  readonly oomKills?: number | undefined;
}

export interface Machine {
  readonly spec: MachineSpec;
  /**
   * Creates and boots it. Not idempotent; when it throws, something may exist: the caller destroys.
   * @param data Goes to the machine's folder now, which `up` writes; `provision` uploads it.
   */
  up(data: ProvisionData, options: BootOptions): Promise<void>;
  /** Runs bootstrap and Puppet, unless the golden box it started from leaves nothing for them to do. Idempotent. */
  provision(options: WorkOptions): Promise<void>;
  /** Key of the golden box that it started from; undefined before `up`, or when it was provisioned from the start. */
  readGolden(): string | undefined;
  /** Whether its user has had the content of `BootOptions.home` from the start; that folder may be gone then. */
  hasHome(): boolean;
  /** Logs in; takes only the host key that was read from the machine itself. The caller closes. */
  connect(signal: AbortSignal): Promise<Guest>;
  /** Asks the provider, never our own memory. */
  state(signal: AbortSignal): Promise<'running' | 'stopped' | 'absent'>;
  readMemoryUse(): Promise<MemoryUse>;
  /** Idempotent. Returns only once the provider no longer lists it; throws LeakError when it still does. */
  destroy(options: WorkOptions): Promise<void>;
}

/** A logged-in session in a running machine. Every call rejects with ConnectionLostError once it is gone. */
export interface Guest {
  /** Each word of argv is quoted; no value is ever seen by a shell as anything but one word. */
  run(argv: readonly string[], options?: RemoteOptions): Promise<CommandResult>;
  /** Unpacks a tar file of this host under a folder of the guest, which is made. */
  sendTar(tarFile: string, folder: string, options: WorkOptions): Promise<void>;
  /**
   * A folder's content in the guest into a folder here, which is empty or made: files, folders, and links that stay
   * inside, as `receiveFolder` says. After a failure the caller removes what is there.
   * @throws BuildError naming what no guest may give us.
   */
  fetchFolder(from: string, to: string, options: FetchOptions): Promise<void>;
  /** A stream to a port on the guest's own 127.0.0.1. */
  forward(port: number): Promise<Duplex>;
  /** What gives a person a shell in it, for as long as the machine is there: a command and the folder to run it in. */
  readonly shell: {readonly argv: Argv; readonly cwd: string};
  close(): void;
}
