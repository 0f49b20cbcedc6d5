// What the steps of `apply` share: what was asked for, and what is known and done so far. No logic.
import type {StepContext} from '../core/steps.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {Carried} from './apply-carry.ts';
import type {Installation, ProxyFacts} from './apply-facts.ts';
import type {Guard} from './apply-guard.ts';
import type {ApplyPlan} from './apply-plan.ts';
import type {Frontend} from './frontends.ts';
import type {ProcessInfo, RuntimeSocket, ServerState} from './runtime-socket.ts';
import type {HaSpec} from './spec.ts';

export interface ApplyRequest {
  readonly host: RemoteHost;
  readonly socket: RuntimeSocket;
  readonly spec: HaSpec;
  /** The ports that the configuration has. */
  readonly frontends: readonly Frontend[];
  readonly installation: Installation;
  /** The configuration for a version of HAProxy. */
  readonly render: (version: string | undefined) => string;
  readonly isDryRun: boolean;
  /** Also when no daemon behind a port is up: for who starts the proxy before them. */
  readonly isForced: boolean;
  /** Gives up what the present configuration serves and the new one does not. */
  readonly isReplacing: boolean;
  /** One line for people: a command that runs, or what was found. */
  readonly onNote: (line: string) => void;
}

export interface ApplyResult {
  /** Of the commands that changed something, or, with isDryRun, would. */
  readonly changes: readonly string[];
  /** As HAProxy sees them in the end; empty after a dry run. */
  readonly servers: readonly ServerState[];
}

export interface ApplyContext extends StepContext, ApplyRequest {
  readonly state: {
    facts?: ProxyFacts;
    plan?: Omit<ApplyPlan, 'install'>;
    process?: ProcessInfo | undefined;
    before: readonly ServerState[];
    /** Ports that a configuration of somebody else's has in common with ours, and that answered. */
    answered: readonly number[];
    carried: Carried;
    guard?: Guard;
    isKept: boolean;
    readonly changes: string[];
    servers: readonly ServerState[];
  };
}

export function factsOf({state}: ApplyContext): ProxyFacts {
  if (state.facts === undefined) throw new Error('The host was not looked at.');
  return state.facts;
}

export function planOf({state}: ApplyContext): Omit<ApplyPlan, 'install'> {
  if (state.plan === undefined) throw new Error('There is no plan.');
  return state.plan;
}
