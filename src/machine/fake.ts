// The machine of the tests and demonstrations: it can fail, hang or leak on demand. Knows no build; what it is
// told by a scenario it does, and a command that no scenario names throws.
import {createReadStream} from 'node:fs';
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import type {Clock} from '../core/clock.ts';
import {BuildError, LeakError} from '../core/errors.ts';
import type {Exec} from '../core/exec.ts';
import {ConnectionLostError, RemoteCommandError} from '../core/ssh-errors.ts';
import {isThere} from '../core/presence.ts';
import type {Guest, Machine, MachineSpec} from './machine.ts';

const commandSchema = z.object({
  /** Text that is in the command line, its words joined by spaces; the first command that fits is taken. */
  match: z.string(),
  lines: z.array(z.string()).default([]),
  exitCode: z.int().default(0),
  /** Prints its lines and never ends. */
  hangs: z.boolean().default(false),
  delayMs: z.number().default(0),
  /** Prints its lines, and goes on once this file is there. */
  until: z.string().optional(),
  /** Prints its lines so many times: a long build. */
  times: z.int().default(1),
});

const playSchema = z.object({
  up: z.enum(['ok', 'fails', 'fails-once', 'hangs']).default('ok'),
  provision: z.enum(['ok', 'fails', 'hangs']).default('ok'),
  destroy: z.enum(['ok', 'leaks', 'hangs']).default('ok'),
  /** It is destroyed once this file is there. */
  destroyUntil: z.string().optional(),
  /** As a machine of layers does: it has the home folder as soon as it boots, and takes it with it when it goes. */
  takesHome: z.boolean().default(false),
  commands: z.array(commandSchema).default([]),
  /** Folder that every `fetchFolder` gives, or a tar file for what no folder of this host can hold. */
  dist: z.string().optional(),
  /** Of a dist: the connection is lost the first time, or each time, or it never comes; or nothing at all is sent. */
  fetch: z.enum(['ok', 'lost-once', 'lost', 'hangs', 'fails']).default('ok'),
});

export const scenarioSchema = playSchema.extend({
  /** What is otherwise for the machines of these builds. */
  builds: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

export type FakeScenario = z.infer<typeof scenarioSchema>;

export interface FakeTools {
  readonly clock: Clock;
  readonly exec: Exec;
  /** The machine's own folder, which goes with it. */
  readonly directory?: string;
}

/** @param folder The fake provider's list: a file a machine. Survives us, as a real provider's machines do. */
export function createFakeMachine(
  spec: MachineSpec,
  folder: string,
  common: FakeScenario,
  tools: FakeTools,
): Machine {
  const {clock} = tools;
  const scenario = scenarioSchema.parse({...common, ...common.builds[spec.buildId]});
  const file = join(folder, spec.id);
  const exists = (): Promise<boolean> => isThere(file);
  let logins = 0;
  const hang = (signal: AbortSignal): Promise<void> => clock.sleep(2 ** 30, signal);
  return {
    spec,
    up: async (_data, {signal, onLine, home}) => {
      await mkdir(folder, {recursive: true});
      if (scenario.takesHome && home !== undefined) await rm(home, {recursive: true}); // Fails when it is not there.
      await writeFile(file, 'running');
      onLine?.(`fake: ${spec.id} boots`, 'stdout');
      if (scenario.up === 'hangs') await hang(signal);
      const marker = join(folder, '.failed-once');
      const hasFailed = await isThere(marker);
      if (scenario.up === 'fails' || (scenario.up === 'fails-once' && !hasFailed)) {
        await writeFile(marker, '');
        throw new BuildError('The fake machine does not boot.', 'Change the scenario.');
      }
      signal.throwIfAborted();
    },
    provision: async ({signal, onLine}) => {
      if (scenario.provision === 'hangs') await hang(signal);
      if (scenario.provision === 'fails')
        throw new BuildError('The fake machine cannot be provisioned.', 'Change the scenario.');
      onLine?.('fake: provisioned', 'stdout');
    },
    readGolden: () => undefined,
    hasHome: () => scenario.takesHome,
    connect: async () => {
      if (!(await exists())) throw new ConnectionLostError('the fake machine is gone');
      return createFakeGuest(scenario, exists, join(folder, `.${spec.id}.tar`), tools, ++logins);
    },
    state: async () => {
      if (!(await exists())) return 'absent';
      return (await readFile(file, 'utf8')) === 'running' ? 'running' : 'stopped';
    },
    readMemoryUse: () => Promise.resolve({peakBytes: 1024 ** 3, oomKills: 0}),
    destroy: async ({signal}) => {
      if (scenario.destroy === 'hangs') await hang(signal);
      while (scenario.destroyUntil !== undefined && !(await isThere(scenario.destroyUntil)))
        await clock.sleep(20, signal);
      if (scenario.destroy === 'leaks')
        throw new LeakError(
          `fake still lists the machine ${spec.id} after it was destroyed.`,
          'Type: build-spark reap',
        );
      await rm(file, {force: true});
      if (tools.directory !== undefined) await rm(tools.directory, {recursive: true, force: true});
    },
  };
}

/** @param logins How many there were, with this one. */
function createFakeGuest(
  scenario: FakeScenario,
  exists: () => Promise<boolean>,
  archive: string,
  {clock, exec}: FakeTools,
  logins: number,
): Guest {
  return {
    run: async (argv, options = {}) => {
      const line = argv.join(' ');
      const found = scenario.commands.find(({match}) => line.includes(match));
      if (found === undefined) throw new Error(`The fake machine does not know the command: ${line}`);
      for (let round = 0; round < found.times; round++) {
        for (const text of found.lines) options.onLine?.(text, 'stdout');
        if (round % 1000 === 999) await clock.sleep(0, options.signal);
      }
      if (found.delayMs > 0) await clock.sleep(found.delayMs, options.signal);
      while (found.until !== undefined && !(await isThere(found.until)))
        await clock.sleep(20, options.signal);
      if (found.hangs) await clock.sleep(2 ** 30, options.signal);
      if (!(await exists())) throw new ConnectionLostError('the fake machine is gone');
      const result = {exitCode: found.exitCode, stdout: found.lines.join('\n'), stderr: ''};
      if (found.exitCode === 0 || options.allow === 'any' || options.allow?.includes(found.exitCode) === true)
        return result;
      throw new RemoteCommandError(argv, result);
    },
    sendTar: () => Promise.resolve(),
    fetchFolder: async (from, to, options) => {
      const {signal} = options;
      signal.throwIfAborted();
      const {dist, fetch} = scenario;
      if (fetch === 'fails')
        throw new BuildError('The fake machine sends no folder.', 'Change the scenario.');
      const isDist = from.endsWith('/spark/dist');
      if (isDist && fetch === 'hangs') await clock.sleep(2 ** 30, signal);
      const isLost = fetch === 'lost' || (fetch === 'lost-once' && logins === 1);
      if (isDist && isLost) throw new ConnectionLostError('the fake machine says so');
      if (dist === undefined || from.endsWith('/maven/bin')) return; // The trial before the build.
      const {packOptions, receiveFolder} = await import('./intake.ts');
      const isPacked = dist.endsWith('.tar');
      if (!isPacked)
        await exec(['tar', '--create', '--file', archive, ...packOptions, '-C', dist, '.'], {signal});
      try {
        await receiveFolder(createReadStream(isPacked ? dist : archive), to, options);
      } finally {
        await rm(archive, {force: true});
      }
    },
    forward: () => Promise.reject(new Error('The fake machine listens nowhere.')),
    shell: {argv: ['true'], cwd: '/'},
    close: () => undefined,
  };
}
