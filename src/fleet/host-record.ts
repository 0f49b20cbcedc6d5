// Keeps the record of the machines that a worker has in the queue, so that a coordinator can name those that a dead worker
// left. The journal of the host is the truth; this is what others can see of it.
import {createHash} from 'node:crypto';
import type {Clock} from '../core/clock.ts';
import type {Event, Subscriber} from '../core/events.ts';
import type {Exec} from '../core/exec.ts';
import {isAlive, isElsewhere, readOwnIdentity} from '../core/process-identity.ts';
import type {Journal} from '../machine/journal.ts';
import type {FleetQueue} from './queue.ts';
import {hostSchema, type HostRecord, type MachineThere} from './records.ts';

interface HostTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly paths: {readonly state: string};
}

export interface HostKeeper {
  /** Hears of machines. */
  readonly subscriber: Subscriber;
  /** Returns when the record says what is so. */
  readonly settle: () => Promise<void>;
  /** Takes the record away, unless it still names a machine. */
  readonly close: () => Promise<void>;
}

/** Of every worker that is or was there. */
export async function readHostRecords({hosts}: Pick<FleetQueue, 'hosts'>): Promise<readonly HostRecord[]> {
  const jobs = await hosts.getJobs(['waiting']);
  return jobs.flatMap((job) => {
    const {data} = hostSchema.safeParse(job.data);
    return data === undefined ? [] : [data];
  });
}

/** What dead workers of this host left, after this one has reaped: what is gone is taken out of their records. */
export async function correctHostRecords(queue: FleetQueue, tools: HostTools): Promise<void> {
  const self = await readOwnIdentity(tools.exec);
  const there = new Set((await tools.journal.readAll()).entries.map(({id}) => id));
  for (const record of await readHostRecords(queue)) {
    if (record.home !== findHome(tools) || isElsewhere(record.identity, self)) continue;
    if (await isAlive(record.identity, tools)) continue;
    await write(queue, {...record, machines: record.machines.filter(({id}) => there.has(id))});
  }
}

export async function keepHostRecord(
  queue: FleetQueue,
  worker: string,
  jobOf: (buildId: string) => string | undefined,
  tools: HostTools,
): Promise<HostKeeper> {
  const record: HostRecord = {
    formatVersion: 1,
    worker,
    home: findHome(tools),
    identity: await readOwnIdentity(tools.exec),
    startedAt: tools.clock.now().toISOString(),
    machines: [],
  };
  const machines = new Map<string, MachineThere>();
  let writing: Promise<void> = queue.hosts.add(worker, record, {jobId: worker}).then(() => undefined);
  const update = (): void => {
    const now = {...record, machines: [...machines.values()]};
    writing = writing
      .then(async () => {
        const job = await queue.hosts.getJob(worker);
        await (job === undefined ? queue.hosts.add(worker, now, {jobId: worker}) : job.updateData(now));
      })
      .catch(() => undefined);
  };
  return {
    subscriber: (event: Event) => {
      if (event.type === 'machine.created') {
        const {machine: id, buildId, provider} = event;
        machines.set(id, {id, buildId, provider, jobId: jobOf(buildId) ?? ''});
      } else if (event.type !== 'machine.destroyed' || !machines.delete(event.machine)) return;
      update();
    },
    settle: () => writing,
    close: async () => {
      await writing;
      if (machines.size === 0) await (await queue.hosts.getJob(worker))?.remove();
    },
  };
}

async function write({hosts}: FleetQueue, record: HostRecord): Promise<void> {
  const job = await hosts.getJob(record.worker);
  await (record.machines.length === 0 ? job?.remove() : job?.updateData(record));
}

function findHome({paths}: Pick<HostTools, 'paths'>): string {
  return createHash('sha256').update(paths.state).digest('hex').slice(0, 16);
}
