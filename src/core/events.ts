// The one union of events. Terminal, plain text, NDJSON and log files are subscribers; nobody else prints.
import type {eventSchema, failureSchema, moduleSchema, statusSchema} from './event-schema.ts';
import {redactDeep} from './redact.ts';
import type {z} from './schema.ts';

export type BuildStatus = z.infer<typeof statusSchema>;

/** Why a build did not give a dist, for people and scripts. */
export type Failure = z.infer<typeof failureSchema>;

/** A module of Maven's, as far as the log tells. */
export type ModuleAtWork = z.infer<typeof moduleSchema>;

export type Event = Readonly<z.infer<typeof eventSchema>>;

type WithoutStamp<E> = E extends Event ? Omit<E, 'at' | 'runId'> : never;
/** What happened, without when and in which run: the emitter adds that. */
export type EventBody = WithoutStamp<Event> & {
  /** Of what happened on another host, and is told here later. */
  readonly at?: string;
};

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
    const event: Event = {at: now().toISOString(), ...redactBody(body, redact), runId};
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
    case 'build.planned':
    case 'build.measured':
    case 'cache.asked':
    case 'wait.started':
      return redactDeep(body, redact) as EventBody;
    case 'build.started':
    case 'step.started':
    case 'step.finished':
    case 'wait.finished':
    case 'machine.created':
    case 'machine.destroyed':
    case 'run.progress':
    case 'run.finished':
      return body;
  }
}
