// A machine that Vagrant boots. Owns the machine's folder and the calls of vagrant; knows no build.
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {readAddedBoxes, type AddedBox} from './boxes.ts';
import {BuildError, describeError, LeakError} from '../core/errors.ts';
import type {CommandOptions} from '../core/exec.ts';
import type {LockTools} from '../core/lock.ts';
import {readMounts, removeTree, renderUmount} from '../core/mounts.ts';
import type {Paths} from '../core/paths.ts';
import {isThere} from '../core/presence.ts';
import {isOwnFolder, makeFolder, writeFolder} from './folder.ts';
import {findProvisionSecrets, needsOwnProvision, readGoldenKey} from './golden.ts';
import {chooseGoldenDisk, packGoldenDisk, renderGoldenVolume, SpoiledMachineError} from './golden-disk.ts';
import type {SshConfig} from './guest.ts';
import {
  dropLayer,
  packLayer,
  readBaseKey,
  readLayerKeys,
  seedLayers,
  sweepLayers,
  type Layers,
} from './layers.ts';
import {readLxcMemory} from './lxc-memory.ts';
import type {BootOptions, Guest, Machine, MachineSpec, ProvisionData, WorkOptions} from './machine.ts';
import type {Provider, ProviderTools} from './provider.ts';
import {lxcFolder} from './providers/lxc.ts';
import {killStrays, machineMark} from './strays.ts';
import {ensureStubBox, stubBoxName} from './stub-box.ts';
import {runVagrant} from './vagrant-command.ts';

export interface VagrantTools extends ProviderTools, LockTools {
  /** Which keys limit an LXC guest's memory. */
  readonly cgroup: 'v1' | 'v2';
  readonly paths: Paths;
}

/** A host on which `vagrant destroy` or the provider hangs must not hang us. */
const destroyTimeoutMs = 120_000;

/** What `up` leaves for `provision`. */
interface Provisioning {
  readonly data: ProvisionData;
  readonly isDone: boolean;
  /** Key under which to pack what provisioning adds; absent when it is not to be packed. */
  readonly packAs?: string | undefined;
}

/** What a machine starts from, beside its box. */
interface Start {
  readonly layers?: Layers | undefined;
  /** Key of a provisioned disk of libvirt. */
  readonly golden?: string;
  /** Key under which to keep what provisioning adds. */
  readonly packAs?: string | undefined;
}

/** @param folder The machine's own, `paths.machines/<id>`: Vagrant's lock is per folder. */
export function createVagrantMachine(
  spec: MachineSpec,
  folder: string,
  provider: Provider,
  tools: VagrantTools,
): Machine {
  const {asRoot} = tools;
  // Marked: so that what outlives us can be found: it would go on working on a machine that is gone.
  const exec: typeof tools.exec = (argv, options = {}) =>
    tools.exec(argv, {...options, env: {...options.env, ...machineMark(spec.id)}});
  const layerTools = {exec, asRoot};
  const keyFile = join(folder, 'key');
  let provisioning: Provisioning | undefined;
  let golden: string | undefined;
  let hasHome = false;
  const vagrant = (
    [command, ...args]: readonly [string, ...string[]],
    options: CommandOptions,
  ): ReturnType<typeof exec> =>
    runVagrant({exec, paths: tools.paths}, folder, [command, ...args, spec.id], {
      ...options,
      // The second SIGINT would make Vagrant leave without cleaning up; we destroy anyway, so its group is killed soon.
      stopSignal: 'SIGINT',
      stopGraceMs: 3_000,
    });

  return {
    spec,
    up: async (data, options) => {
      const chosen = await choose(data, options);
      const {layers} = chosen;
      golden = chosen.golden ?? layers?.golden;
      hasHome = layers?.hasHome === true;
      const isDone = golden !== undefined && !needsOwnProvision(data);
      provisioning = {
        data,
        isDone,
        ...(chosen.packAs === undefined || golden !== undefined ? {} : {packAs: chosen.packAs}),
      };
      const stub = layers === undefined ? {} : {layers, stubBox: stubBoxName};
      const disk = chosen.golden === undefined ? undefined : renderGoldenVolume(chosen.golden);
      await writeFolder(folder, spec, data, {cgroup: tools.cgroup, provision: !isDone, disk, ...stub});
      await vagrant(['up', '--provider', spec.provider, '--no-provision'], {
        ...options,
        timeoutMs: spec.bootTimeoutMs + 600_000, // A box may have to be downloaded first.
      });
    },
    provision: async (options) => {
      if (provisioning?.isDone === true) {
        options.onLine?.(`Provisioned already: golden box ${golden ?? ''}.`, 'stdout');
        return;
      }
      await vagrant(['provision'], options);
      if (provisioning?.packAs !== undefined) await pack(provisioning.packAs, provisioning.data, options);
    },
    readGolden: () => golden,
    hasHome: () => hasHome,
    connect,
    state: () => provider.readState(spec.id),
    readMemoryUse: () => (spec.provider === 'lxc' ? readLxcMemory(spec.id, layerTools) : Promise.resolve({})),
    destroy: async ({onLine, signal}) => {
      await killStrays(spec.id, tools);
      // Vagrant would ask the guest to halt, and look every second whether it has.
      await provider.powerOff?.(spec.id);
      await refuseMachineMounts(spec, folder);
      const dropped = spec.provider === 'lxc' ? dropLayer(layerTools, spec.id) : undefined; // Ruby needs two seconds to start.
      if (await isOwnFolder(folder, spec.id)) {
        await vagrant(['destroy', '--force'], {
          signal,
          allow: 'any', // Its exit code is not to be trusted; the provider is asked below.
          timeoutMs: destroyTimeoutMs,
          onLine,
        }).catch(() => undefined);
      }
      await dropped;
      for (let attempt = 0; (await provider.readState(spec.id)) !== 'absent'; attempt++) {
        if (attempt === 3) throw leak(spec);
        await provider.destroy(spec.id);
        if (attempt > 0) await tools.clock.sleep(2_000);
      }
      if (spec.provider === 'lxc') await sweepLayers(layerTools);
      await removeTree(folder);
    },
  };

  async function connect(signal: AbortSignal): Promise<Guest> {
    const {connectGuest} = await import('./guest.ts'); // ssh2 takes a while to load.
    const config = await readAccess(signal);
    const hostKeys =
      spec.provider === 'lxc' ? await readRootfsKeys() : await scanKeys(config.host, config.port);
    return connectGuest({...config, hostKeys, folder, signal, isSlow: spec.isEmulated});
  }

  async function choose(data: ProvisionData, options: BootOptions): Promise<Start> {
    const fitting = (await readAddedBoxes({...tools, exec})).filter(
      (box) =>
        box.name === spec.box.name &&
        box.provider === spec.provider &&
        (spec.box.version === undefined || spec.box.version === box.version),
    );
    const [box] = fitting;
    if (box === undefined || fitting.length > 1) return {}; // Vagrant downloads it, or chooses.
    if (spec.provider === 'lxc') return chooseLayers(box, data, options);
    return spec.provider === 'libvirt' && spec.goldenBox === 'auto'
      ? chooseGoldenDisk({exec}, box, data)
      : {};
  }

  /** Without layers the box is unpacked for this machine alone, as Vagrant does it by itself. */
  async function chooseLayers(
    box: AddedBox,
    data: ProvisionData,
    {signal, onLine, home}: BootOptions,
  ): Promise<Start> {
    const boxTools = {...tools, exec};
    const base = await readBaseKey(box.folder);
    if (base === undefined) return {};
    await ensureStubBox(boxTools, signal);
    await makeFolder(folder);
    // Net::SSH of Vagrant reads this form without further gems.
    await exec(['ssh-keygen', '-q', '-t', 'ecdsa', '-b', '256', '-m', 'PEM', '-N', '', '-f', keyFile], {
      signal,
    });
    const packAs = spec.goldenBox === 'auto' ? await readGoldenKey(base, data) : undefined;
    const layers = await seedLayers(layerTools, {
      id: spec.id,
      base,
      boxName: box.name,
      boxFolder: box.folder,
      golden: packAs,
      home,
      publicKey: await readFile(`${keyFile}.pub`, 'utf8'),
      signal,
    });
    if ('reason' in layers) {
      onLine?.(`The box is unpacked for this machine alone: ${layers.reason}.`, 'stdout');
      await rm(keyFile);
      return {};
    }
    if (!layers.hasKey) await rm(keyFile);
    return {layers, packAs};
  }

  /** What fails here costs the next build some seconds, and this one nothing. */
  async function pack(key: string, data: ProvisionData, {signal, onLine}: WorkOptions): Promise<void> {
    try {
      const secrets = findProvisionSecrets(data);
      const {id, box} = spec;
      const result =
        spec.provider === 'lxc'
          ? await packLayer(layerTools, {id, golden: key, boxName: box.name, secrets, signal})
          : await packDisk(key, secrets, signal);
      onLine?.(`Golden box ${key}: ${result}.`, 'stdout');
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SpoiledMachineError) throw error;
      onLine?.(`warning: no golden box was packed: ${describeError(error)}`, 'stderr');
    }
  }

  async function packDisk(
    key: string,
    secrets: readonly string[],
    signal: AbortSignal,
  ): Promise<'packed' | 'there'> {
    const guest = await connect(signal);
    try {
      return await packGoldenDisk({...tools, exec}, guest, {id: spec.id, key, secrets, signal});
    } finally {
      guest.close();
    }
  }

  /** `vagrant ssh-config` takes a second or more; an lxc machine with a key of ours holds no surprise. */
  async function readAccess(signal: AbortSignal): Promise<SshConfig> {
    if (spec.provider === 'lxc' && (await isThere(keyFile))) {
      const argv = asRoot(['lxc-info', '-n', spec.id, '-iH']);
      const {stdout} = await exec(argv, {signal, allow: 'any', timeoutMs: 30_000});
      const host = stdout.split('\n').find((line) => /^[0-9.]+$/.test(line));
      if (host !== undefined) return {host, port: 22, username: 'vagrant', identityFile: keyFile};
    }
    const {parseSshConfig} = await import('./guest.ts');
    const {stdout} = await vagrant(['ssh-config'], {signal, timeoutMs: 60_000});
    return parseSshConfig(stdout);
  }

  /** Read from the guest's own disk, so that nobody on the bridge can pass for it at the first login. */
  async function readRootfsKeys(): Promise<readonly string[]> {
    const keys = await readLayerKeys(layerTools, spec.id);
    if (keys.length > 0) return keys;
    throw new BuildError(
      `No ssh host key was found on the disk of ${spec.id}.`,
      'Build the box again: build-spark box build --force',
    );
  }

  /** First contact right after the boot, over the provider's private network; recorded for the machine's short life. */
  async function scanKeys(host: string, port: number): Promise<readonly string[]> {
    const path = join(folder, 'host-keys');
    const known = await readFile(path, 'utf8').catch(() => '');
    if (known !== '') return known.trim().split('\n');
    const {stdout} = await exec(
      ['ssh-keyscan', '-T', spec.isEmulated === true ? '200' : '20', '-p', String(port), host],
      {allow: 'any'},
    );
    const keys = stdout.split('\n').flatMap((line) => /^\S+ ((?:ssh|ecdsa)-.*)$/.exec(line)?.[1] ?? []);
    if (keys.length === 0) throw new BuildError(`${host} port ${port} shows no ssh host key.`, 'Try again.');
    await writeFile(path, `${keys.join('\n')}\n`, {mode: 0o600});
    return keys;
  }
}

/**
 * Vagrant, LXC and we ourselves would delete what is mounted below the machine. Its own root file system is mounted in
 * its own mount namespace, so whatever is seen from here is not ours.
 */
async function refuseMachineMounts({id, provider}: MachineSpec, folder: string): Promise<void> {
  const folders = [folder, ...(provider === 'lxc' ? [`${lxcFolder}/${id}`] : [])];
  const mounts = (await Promise.all(folders.map(readMounts))).flat();
  if (mounts.length === 0) return;
  throw new LeakError(
    `The machine ${id} is not deleted: something is mounted in it, at ${mounts.join(', ')}.`,
    `Find out what it is, then type: ${renderUmount(mounts)} && build-spark reap`,
  );
}

function leak(spec: MachineSpec): LeakError {
  return new LeakError(
    `${spec.provider} still lists the machine ${spec.id} after it was destroyed.`,
    'Type: build-spark reap',
  );
}
