// A machine that Vagrant boots. Owns the machine's folder and the calls of vagrant; knows no build.
import {chmod, cp, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {BuildError, LeakError} from '../core/errors.ts';
import type {Argv, CommandOptions} from '../core/exec.ts';
import type {Clock} from '../core/clock.ts';
import {projectRoot} from '../core/paths.ts';
import type {Machine, MachineSpec, MemoryUse, ProvisionData} from './machine.ts';
import {lxcFolder, type Provider, type ProviderTools} from './provider.ts';
import {killStrays, machineMark} from './strays.ts';

export interface VagrantTools extends ProviderTools {
  readonly clock: Clock;
  /** Which keys limit an LXC guest's memory. */
  readonly cgroup: 'v1' | 'v2';
}

/** A host on which `vagrant destroy` or the provider hangs must not hang us. */
const destroyTimeoutMs = 120_000;

/** @param folder The machine's own, `paths.machines/<id>`: Vagrant's lock is per folder. */
export function createVagrantMachine(
  spec: MachineSpec,
  folder: string,
  provider: Provider,
  tools: VagrantTools,
): Machine {
  const {exec, asRoot} = tools;
  const vagrant = (args: readonly string[], options: CommandOptions): ReturnType<typeof exec> =>
    exec(['vagrant', '--no-tty', '--no-color', ...args] as unknown as Argv, {
      cwd: folder,
      ...options,
      env: {...machineMark(spec.id), VAGRANT_CHECKPOINT_DISABLE: '1'},
      // The second SIGINT would make Vagrant leave without cleaning up; we destroy anyway, so its group is killed soon.
      stopSignal: 'SIGINT',
      stopGraceMs: 3_000,
    });

  return {
    spec,
    up: async (data, options) => {
      await writeFolder(folder, spec, data, tools.cgroup);
      await vagrant(['up', '--provider', spec.provider, '--no-provision'], {
        ...options,
        timeoutMs: spec.bootTimeoutMs + 600_000, // A box may have to be downloaded first.
      });
    },
    provision: async (options) => {
      await vagrant(['provision'], options);
    },
    connect: async (signal) => {
      const {connectGuest, parseSshConfig} = await import('./guest.ts'); // ssh2 takes a while to load.
      const {stdout} = await vagrant(['ssh-config'], {signal, timeoutMs: 60_000});
      const config = parseSshConfig(stdout);
      const hostKeys =
        spec.provider === 'lxc' ? await readRootfsKeys() : await scanKeys(config.host, config.port);
      // Marked too: an rsync that outlived us would go on waiting for a machine that is gone.
      const marked: typeof exec = (argv, options = {}) =>
        exec(argv, {...options, env: {...options.env, ...machineMark(spec.id)}});
      return connectGuest({...config, hostKeys, folder, exec: marked, signal});
    },
    state: () => provider.readState(spec.id, folder),
    readMemoryUse: () => (spec.provider === 'lxc' ? readCgroup(spec.id) : Promise.resolve({})),
    destroy: async ({onLine, signal}) => {
      await killStrays(spec.id, tools);
      const hasFolder = await readFile(join(folder, 'Vagrantfile')).then(
        () => true,
        () => false,
      );
      if (hasFolder) {
        await vagrant(['destroy', '--force'], {
          signal,
          allow: 'any', // Its exit code is not to be trusted; the provider is asked below.
          timeoutMs: destroyTimeoutMs,
          ...(onLine === undefined ? {} : {onLine}),
        }).catch(() => undefined);
      }
      for (let attempt = 0; (await provider.readState(spec.id, folder)) !== 'absent'; attempt++) {
        if (attempt === 3) throw leak(spec);
        await provider.destroy(spec.id);
        if (attempt > 0) await tools.clock.sleep(2_000);
      }
      await rm(folder, {recursive: true, force: true});
    },
  };

  /** Read from the guest's own disk, so that nobody on the bridge can pass for it at the first login. */
  async function readRootfsKeys(): Promise<readonly string[]> {
    const keyFolder = `${lxcFolder}/${spec.id}/rootfs/etc/ssh`;
    const files = ['ed25519', 'ecdsa', 'rsa'].map((type) => `${keyFolder}/ssh_host_${type}_key.pub`);
    const {stdout} = await exec(asRoot(['cat', ...files] as unknown as Argv), {allow: 'any'});
    const keys = stdout.split('\n').filter((line) => /^(ssh|ecdsa)-\S+ /.test(line));
    if (keys.length > 0) return keys;
    throw new BuildError(
      `No ssh host key was found in ${keyFolder}.`,
      'Build the box again: build-spark box build --force',
    );
  }

  /** First contact right after the boot, over the provider's private network; recorded for the machine's short life. */
  async function scanKeys(host: string, port: number): Promise<readonly string[]> {
    const path = join(folder, 'host-keys');
    const known = await readFile(path, 'utf8').catch(() => '');
    if (known !== '') return known.trim().split('\n');
    const {stdout} = await exec(['ssh-keyscan', '-T', '20', '-p', String(port), host], {allow: 'any'});
    const keys = stdout.split('\n').flatMap((line) => /^\S+ ((?:ssh|ecdsa)-.*)$/.exec(line)?.[1] ?? []);
    if (keys.length === 0) throw new BuildError(`${host} port ${port} shows no ssh host key.`, 'Try again.');
    await writeFile(path, `${keys.join('\n')}\n`, {mode: 0o600});
    return keys;
  }
}

function leak(spec: MachineSpec): LeakError {
  return new LeakError(
    `${spec.provider} still lists the machine ${spec.id} after it was destroyed.`,
    'Type: build-spark reap',
  );
}

/** Everything that Vagrant and Puppet read, in a folder that only we can read: it may hold a proxy's password. */
async function writeFolder(
  folder: string,
  spec: MachineSpec,
  data: ProvisionData,
  cgroup: 'v1' | 'v2',
): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  await chmod(folder, 0o700);
  for (const name of ['Vagrantfile', 'bootstrap.sh'])
    await cp(join(projectRoot, 'vagrant', name), join(folder, name));
  await cp(join(projectRoot, 'puppet'), join(folder, 'puppet'), {recursive: true});
  const {checksum, ...box} = spec.box;
  const [checksumType, checksumValue] = checksum?.split(':') ?? [];
  await writeFile(
    join(folder, 'machine.json'),
    JSON.stringify({
      formatVersion: 1,
      id: spec.id,
      provider: spec.provider,
      box: {...box, ...(checksumValue === undefined ? {} : {checksum: checksumValue, checksumType})},
      memoryMib: spec.memoryMib,
      cpus: spec.cpus,
      bootTimeoutSeconds: Math.ceil(spec.bootTimeoutMs / 1000),
      cgroup,
      ...(data.proxy === undefined ? {} : {proxy: data.proxy}),
    }),
  );
  await writeFile(
    join(folder, 'puppet/environments/build/data/machine.json'),
    JSON.stringify(renderHiera(data)),
  );
  await mkdir(join(folder, 'ca'), {recursive: true});
  for (const [name, pem] of Object.entries(data.caCertificates))
    await writeFile(join(folder, 'ca', `${name}.crt`), pem);
}

/** The machine's own layer of Hiera; keys without a value are left out, so that the module's defaults hold. */
function renderHiera(data: ProvisionData): Readonly<Record<string, unknown>> {
  const entries: Readonly<Record<string, unknown>> = {
    with_r: data.withR,
    maven_minimum: data.mavenMinimum,
    ca_certificates: data.caCertificates,
    maven_settings: data.mavenSettings,
    http_proxy: data.proxy?.http,
    https_proxy: data.proxy?.https,
    no_proxy: data.proxy?.no,
  };
  return Object.fromEntries(
    Object.entries(entries).flatMap(([key, value]) =>
      value === undefined ? [] : [[`sparkbuilder::${key}`, value]],
    ),
  );
}

/** Source: measured on cgroup v1; on v2 `memory.peak` exists since Linux 5.19. */
async function readCgroup(id: string): Promise<MemoryUse> {
  const v1 = `/sys/fs/cgroup/memory/lxc.payload.${id}`;
  const v2 = `/sys/fs/cgroup/lxc.payload.${id}`;
  const [peak, kills] = await Promise.all([
    readFirst([`${v1}/memory.max_usage_in_bytes`, `${v2}/memory.peak`]),
    readFirst([`${v1}/memory.oom_control`, `${v2}/memory.events`]),
  ]);
  const oomKills = /^oom_kill (\d+)$/m.exec(kills ?? '')?.[1];
  return {
    ...(peak === undefined ? {} : {peakBytes: Number(peak.trim())}),
    ...(oomKills === undefined ? {} : {oomKills: Number(oomKills)}),
  };
}

async function readFirst(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
