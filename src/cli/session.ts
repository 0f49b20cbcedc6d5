// Makes what commands work with, out of the terminal they run in: doors, paths, journal, machines, reporters.
import {randomBytes} from 'node:crypto';
import {mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {systemClock, type Clock} from '../core/clock.ts';
import {UsageError} from '../core/errors.ts';
import {createExec, type Exec} from '../core/exec.ts';
import type {ProxyOptions} from '../core/proxies.ts';
import {planPaths, type Paths} from '../core/paths.ts';
import {createFakeMachine, scenarioSchema, type FakeScenario} from '../machine/fake.ts';
import {createJournal, type Journal, type JournalEntry} from '../machine/journal.ts';
import type {Machine, MachineSpec} from '../machine/machine.ts';
import {createProviderLock, openLockFolder} from '../machine/provider-lock.ts';
import {createAsRoot, createProvider, type AsRoot} from '../machine/provider.ts';
import type {ReaperTools} from '../machine/reaper.ts';
import {createVagrantMachine} from '../machine/vagrant.ts';
import {renderCommandEnvironment} from './network.ts';
import type {Terminal} from './terminal.ts';

export interface Session {
  readonly terminal: Terminal;
  readonly env: Terminal['env'];
  readonly exec: Exec;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly asRoot: AsRoot;
  readonly journal: Journal;
  readonly createMachine: (spec: MachineSpec) => Machine;
  readonly reaper: ReaperTools;
  /** Set in tests and demonstrations only. */
  readonly fake?: FakeScenario;
}

/** Names the file of a scenario for the fake machine; without it `--provider fake` is refused. */
const fakeVariable = 'BUILD_SPARK_FAKE';

/** @param network Of a command whose own commands reach for the network; the others need no proxy. */
export async function openSession(terminal: Terminal, network?: ProxyOptions): Promise<Session> {
  const {env, home, isRoot} = terminal;
  const exec = createExec(network === undefined ? env : renderCommandEnvironment(env, network));
  const clock = systemClock;
  const paths = planPaths(env, home);
  const asRoot = createAsRoot(isRoot);
  const journal = createJournal(paths.journal);
  const fake = await readScenario(env[fakeVariable]);
  const cgroup = await findCgroup();
  const lock = createProviderLock(() => openLockFolder(paths.locks), {exec, clock});
  const createMachine = (spec: MachineSpec): Machine => lock.wrap(createBareMachine(spec));
  const createBareMachine = (spec: MachineSpec): Machine => {
    if (spec.provider !== 'fake') {
      const provider = createProvider(spec.provider, {exec, asRoot, paths});
      return createVagrantMachine(spec, join(paths.machines, spec.id), provider, {
        exec,
        asRoot,
        clock,
        cgroup,
        paths,
      });
    }
    if (fake === undefined)
      throw new UsageError('The provider "fake" is for tests.', `Name a scenario in ${fakeVariable}.`);
    return createFakeMachine(spec, join(paths.state, 'fake-machines'), fake, {
      clock,
      exec,
      directory: join(paths.machines, spec.id),
    });
  };
  for (const folder of [paths.state, paths.machines, paths.locks])
    await mkdir(folder, {recursive: true, mode: 0o700});
  return {
    terminal,
    env,
    exec,
    clock,
    paths,
    asRoot,
    journal,
    createMachine,
    reaper: {
      journal,
      exec,
      clock,
      locks: paths.locks,
      machines: paths.machines,
      openMachine: (entry) => createMachine(describeMachine(entry)),
    },
    ...(fake === undefined ? {} : {fake}),
  };
}

/** As much of a machine's spec as its end needs. */
function describeMachine({id, buildId, provider}: JournalEntry): MachineSpec {
  return {id, buildId, provider, box: {name: ''}, memoryMib: 0, cpus: 0, bootTimeoutMs: 0};
}

async function readScenario(path: string | undefined): Promise<FakeScenario | undefined> {
  if (path === undefined) return undefined;
  return scenarioSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** The memory controller's own hierarchy exists on cgroup v1 only. */
async function findCgroup(): Promise<'v1' | 'v2'> {
  return readFile('/sys/fs/cgroup/memory/cgroup.procs').then(
    () => 'v1',
    () => 'v2',
  );
}

/** Short and in the order of time: `20261122T201500-3f9a`. */
export function createRunId(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:]|\..*/g, '')}-${randomBytes(2).toString('hex')}`;
}

export function newSuffix(): string {
  return randomBytes(3).toString('hex');
}
