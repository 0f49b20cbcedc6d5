// What the tests of src/fleet/ share: queues that lie in this process, of which each knows as much of BullMQ as is used here.
import {join} from 'node:path';
import {createExec} from '../../src/core/exec.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {commit, libFacts} from '../distribution/fake-dist.ts';
import {renderJobFolder, type JobBuild, type JobData, type JobResult} from '../../src/fleet/job.ts';
import type {FleetQueue} from '../../src/fleet/queue.ts';
import type {RunRecord} from '../../src/fleet/records.ts';

export const exec = createExec(process.env);

interface Entry {
  readonly id: string;
  readonly name: string;
  data: unknown;
  state: string;
  readonly timestamp: number;
  readonly returnvalue: unknown;
  readonly failedReason: string;
}

class FakeQueue {
  readonly entries = new Map<string, Entry>();

  put(id: string, data: unknown, more: Partial<Entry> = {}): void {
    const facts = {name: id, state: 'waiting', timestamp: 0, returnvalue: null, failedReason: ''};
    this.entries.set(id, {id, data, ...facts, ...more});
  }

  getJobState = (id: string): Promise<string> => Promise.resolve(this.entries.get(id)?.state ?? 'unknown');

  getJob = (id: string): Promise<unknown> => {
    const entry = this.entries.get(id);
    if (entry === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      ...entry,
      getState: () => Promise.resolve(entry.state),
      retry: () => Promise.resolve(void (entry.state = 'waiting')),
      remove: () => Promise.resolve(this.entries.delete(id)),
      updateData: (data: unknown) => Promise.resolve(void (entry.data = data)),
    });
  };

  getJobs = async (states: readonly string[]): Promise<unknown[]> =>
    Promise.all(
      [...this.entries.values()].filter(({state}) => states.includes(state)).map(({id}) => this.getJob(id)),
    );

  add = (name: string, data: unknown, {jobId}: {jobId: string}): Promise<unknown> => {
    if (!this.entries.has(jobId)) this.put(jobId, data, {name});
    return this.getJob(jobId);
  };
}

export function openFakeQueue(workers: readonly string[] = []) {
  const [jobs, runs, hosts] = [new FakeQueue(), new FakeQueue(), new FakeQueue()];
  const told: [string, Readonly<Record<string, string>>][] = [];
  const timings = {lockMs: 60_000, giveBackMs: 1_000, askMs: 1_000};
  const queue = {
    ...{jobs, runs, hosts, timings},
    address: {kind: 'redis', name: 'redis://queue', url: 'redis://queue'},
    tell: (name: string, fields: Readonly<Record<string, string>>) =>
      Promise.resolve(void told.push([name, fields])),
    listen: () => Promise.resolve({on: () => undefined, close: () => Promise.resolve()}),
    listWorkers: () => Promise.resolve(workers),
  } as unknown as FleetQueue;
  return {queue, jobs, runs, told};
}

/** One that the dist of test/distribution/fake-dist.ts is the answer to. */
export function makeBuild(more: Partial<JobBuild> = {}): JobBuild {
  const {features, deps, dependencies, arguments: words, patches, projectVersion} = libFacts;
  return {
    buildId: 'cdh5.7.0',
    dist: 'dist-cdh5.7.0',
    request: {ref: 'cdh5.7.0-release', source: 'https://github.com/cloudera/spark'},
    pinned: {tag: 'cdh5.7.0-release', commit, choice: {mode: 'apache', reason: 'asked for'}},
    plan: {commit, features, deps, dependencies, arguments: words, facts: {projectVersion}},
    dependencies: 'd'.repeat(64),
    patches: patches.map(({name, sha256}) => ({name, sha256, content: ''})),
    replace: false,
    ...more,
  };
}

export function makeJob(build: Partial<JobBuild> = {}, more: Partial<JobData> = {}): JobData {
  const tool = {version: '1', puppet: 'a'.repeat(64), hiera: 'b'.repeat(64)};
  return {formatVersion: 1, tool, builds: [makeBuild(build)], refused: {}, ...more};
}

/** Of a worker of this host. @param state Its state folder. */
export async function makeResult(
  state: string,
  jobId: string,
  data: JobData,
  more: Partial<JobResult['builds'][number]> = {},
): Promise<JobResult> {
  const identity = await readOwnIdentity(exec);
  return {
    worker: {name: 'w', address: 'worker.example.com', identity},
    builds: data.builds.map(({buildId, dist}) => ({
      buildId,
      status: 'built',
      dist: join(state, 'build-spark/fleet', renderJobFolder(jobId, data), 'dists', dist),
      log: join(state, 'build-spark/logs', buildId),
      durationMs: 1,
      ...more,
    })),
  };
}

export function makeRecord(output: string, jobId: string, more: Partial<RunRecord> = {}): RunRecord {
  return {
    ...{
      formatVersion: 1,
      runId: 'run-1',
      command: 'build-spark build',
      startedAt: '2026-11-22T20:00:00.000Z',
    },
    ...{host: 'here', output, builds: [{buildId: 'cdh5.7.0', jobId}], ended: [], exitCodes: {}},
    ...more,
  };
}
