// The one union of events. Terminal, plain text, NDJSON and log files are subscribers; nobody else prints.

export type BuildStatus = 'built' | 'up-to-date' | 'failed' | 'skipped' | 'cancelled';

/** Why a build did not give a dist, for people and scripts. */
export interface Failure {
  /** One word for scripts, such as `memory`. */
  readonly kind: string;
  readonly message: string;
  readonly hint: string;
  readonly step?: string;
}

/** A module of Maven's, as far as the log tells. */
export interface ModuleAtWork {
  readonly name: string;
  readonly elapsedMs: number;
  /** It packs what it compiled: over in some seconds, which the log does not say. */
  readonly isEnding?: true;
}

/** What happened, without when and in which run: the emitter adds that. */
export type EventBody =
  | {
      readonly type: 'run.started';
      readonly command: string;
      readonly builds: readonly string[];
      /** Machines at once, at the most. */
      readonly jobs?: number;
    }
  | {
      /** Of a run with several builds, whenever one begins or ends. */
      readonly type: 'run.progress';
      readonly total: number;
      readonly finished: number;
      readonly running: number;
      /** Until all are done; absent as long as nothing is known of builds like these. */
      readonly remainingMs?: number;
    }
  | {
      readonly type: 'build.started';
      readonly buildId: string;
      readonly dist: string;
      readonly steps: readonly string[];
    }
  | {readonly type: 'step.started'; readonly buildId: string; readonly step: string}
  | {
      readonly type: 'step.progress';
      readonly buildId: string;
      readonly step: string;
      /** Such as "[7/25] Spark Project SQL". */
      readonly message: string;
      /** Between 0 and 1, where it is known. */
      readonly fraction?: number;
      readonly remainingMs?: number;
      /** What is at work at that moment, with several threads more than one; absent where it has no modules. */
      readonly modules?: readonly ModuleAtWork[];
    }
  | {
      readonly type: 'log.line';
      readonly buildId?: string;
      readonly step?: string;
      readonly level: 'info' | 'warn';
      readonly line: string;
    }
  | {
      readonly type: 'step.finished';
      readonly buildId: string;
      readonly step: string;
      readonly status: 'done' | 'failed' | 'cancelled';
      readonly durationMs: number;
    }
  | {
      readonly type: 'build.finished';
      readonly buildId: string;
      readonly status: BuildStatus;
      /** Absolute path, when there is one. */
      readonly dist?: string;
      readonly durationMs: number;
      readonly failure?: Failure;
    }
  | {
      readonly type: 'machine.created';
      readonly buildId: string;
      readonly machine: string;
      readonly provider: string;
    }
  | {
      readonly type: 'machine.destroyed';
      readonly buildId: string;
      readonly machine: string;
      readonly provider: string;
    }
  | {
      readonly type: 'machine.leaked';
      readonly buildId: string;
      readonly machine: string;
      readonly provider: string;
      readonly message: string;
    }
  | {readonly type: 'run.finished'; readonly exitCode: number; readonly durationMs: number};

/** @property at ISO 8601, UTC. */
export type Event = EventBody & {readonly at: string; readonly runId: string};

export type Emit = (event: EventBody) => void;
export type Subscriber = (event: Event) => void;

/** @param redact Takes secrets out of every text that came from outside, before any subscriber sees it. */
export function createEmitter(
  runId: string,
  now: () => Date,
  redact: (text: string) => string,
  subscribers: readonly Subscriber[],
): Emit {
  return (body) => {
    const event: Event = {...redactBody(body, redact), at: now().toISOString(), runId};
    for (const subscriber of subscribers) subscriber(event);
  };
}

/** Names and ids are ours; what can hold a secret is what others printed, typed or answered. */
function redactBody(body: EventBody, redact: (text: string) => string): EventBody {
  switch (body.type) {
    case 'log.line':
      return {...body, line: redact(body.line)};
    case 'step.progress':
    case 'machine.leaked':
      return {...body, message: redact(body.message)};
    case 'run.started':
      return {...body, command: redact(body.command)};
    case 'build.finished':
      return body.failure === undefined
        ? body
        : {
            ...body,
            failure: {
              ...body.failure,
              message: redact(body.failure.message),
              hint: redact(body.failure.hint),
            },
          };
    case 'build.started':
    case 'step.started':
    case 'step.finished':
    case 'machine.created':
    case 'machine.destroyed':
    case 'run.progress':
    case 'run.finished':
      return body;
  }
}
