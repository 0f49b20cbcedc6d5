// Makes what commands work with, out of the terminal they run in: doors, paths, journal, machines, reporters.
import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {access, mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {systemClock, type Clock} from '../core/clock.ts';
import {describeError, HostError, UsageError} from '../core/errors.ts';
import {createExec, type Exec} from '../core/exec.ts';
import type {ProxyOptions} from '../core/proxies.ts';
import {planPaths, type Paths} from '../core/paths.ts';
import {findObstacle} from '../host/folders.ts';
import {createFakeMachine, scenarioSchema, type FakeScenario} from '../machine/fake.ts';
import {createJournal, type Journal, type JournalEntry} from '../machine/journal.ts';
import type {Machine, MachineSpec} from '../machine/machine.ts';
import {createProviderLock, openLockFolder} from '../machine/provider-lock.ts';
import {createProvider} from '../machine/provider.ts';
import {createAsRoot, type AsRoot} from '../core/as-root.ts';
import {listBuilding, type ReaperTools} from '../machine/reaper.ts';
import {createVagrantMachine} from '../machine/vagrant.ts';
import {renderCommandEnvironment} from './network.ts';
import type {Terminal} from '../core/terminal.ts';

export interface Session {
  readonly terminal: Terminal;
  readonly env: Terminal['env'];
  readonly exec: Exec;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly asRoot: AsRoot;
  readonly journal: Journal;
  /** The operator's first signal: it ends every wait for a lock. */
  readonly signal: AbortSignal;
  /** Of every wait for a lock, where nobody shows it otherwise. */
  readonly announce: (line: string) => void;
  readonly createMachine: (spec: MachineSpec) => Machine;
  readonly reaper: ReaperTools;
  /** Builds that run now, by the machines that they have. */
  readonly listBuilding: () => Promise<readonly JournalEntry[]>;
  /** Set in tests and demonstrations only. */
  readonly fake?: FakeScenario | undefined;
}

/** Names the file of a scenario for the fake machine; without it `--provider fake` is refused. */
const fakeVariable = 'BUILD_SPARK_FAKE';

/**
 * Makes nothing on disk: commands that only look work where nothing can be written. Others call `makeStateFolders`.
 * @param network Of a command whose own commands reach for the network; the others need no proxy.
 * @param goneHost Its processes are dead, as the operator says.
 */
export async function openSession(
  terminal: Terminal,
  network?: ProxyOptions,
  goneHost?: string,
): Promise<Session> {
  const {env, home, isRoot, signal} = terminal;
  const exec = createExec(network === undefined ? env : renderCommandEnvironment(env, network));
  const clock = systemClock;
  const paths = planPaths(env, home);
  const asRoot = createAsRoot(isRoot);
  const journal = createJournal(paths.journal);
  const fake = await readScenario(env[fakeVariable]);
  const cgroup = await findCgroup();
  const announce = (line: string): void => void terminal.stderr.write(`${line}\n`);
  const locking = {exec, clock, signal, announce, goneHost};
  const lock = createProviderLock(() => openLockFolder(paths.locks, announce), locking);
  const createMachine = (spec: MachineSpec): Machine => lock.wrap(createBareMachine(spec));
  const createBareMachine = (spec: MachineSpec): Machine => {
    if (spec.provider !== 'fake') {
      const provider = createProvider(spec.provider, {exec, asRoot});
      return createVagrantMachine(spec, join(paths.machines, spec.id), provider, {
        ...locking,
        asRoot,
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
  return {
    terminal,
    env,
    ...locking,
    paths,
    asRoot,
    journal,
    listBuilding: () => listBuilding({journal, ...locking}),
    createMachine,
    reaper: {
      journal,
      ...locking,
      locks: paths.locks,
      machines: paths.machines,
      openMachine: (entry) => createMachine(describeMachine(entry)),
    },
    fake,
  };
}

/** For commands that boot or destroy machines. Idempotent. @throws HostError when they cannot be written. */
export async function makeStateFolders(paths: Paths): Promise<void> {
  for (const folder of [paths.state, paths.machines, paths.locks]) {
    try {
      await mkdir(folder, {recursive: true, mode: 0o700});
      await access(folder, constants.W_OK);
    } catch (error) {
      const why = (await findObstacle(folder)) ?? describeError(error);
      throw new HostError(
        `The state folder ${paths.state} cannot be used: ${why}.`,
        'See to it, or name another folder, with its whole path, before the command: XDG_STATE_HOME=<folder>',
        {cause: error},
      );
    }
  }
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

export function newSuffix(): string {
  return randomBytes(3).toString('hex');
}
