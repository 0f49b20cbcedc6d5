// The machine's own folder: all that Vagrant and Puppet read. Knows no provider's tools.
import {chmod, cp, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import {readRegular} from '../core/regular-file.ts';
import type {Layers} from './layers.ts';
import type {MachineSpec, ProvisionData} from './machine.ts';
import {writeProvisionTar} from './provision-tar.ts';

export interface FolderFacts {
  /** Which keys limit an LXC guest's memory. */
  readonly cgroup: 'v1' | 'v2';
  /** Of an lxc machine whose root file system is there already. */
  readonly layers?: Layers | undefined;
  /** Of a libvirt machine that starts from a provisioned disk: its name in libvirt's pool. */
  readonly disk?: string | undefined;
  /** Name of Vagrant's box in place of the spec's. */
  readonly stubBox?: string;
  /** False when there is nothing left to provision. */
  readonly provision: boolean;
}

/** Makes it, readable by us alone: what is written there may hold a proxy's password. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  await chmod(folder, 0o700);
}

/** Whether this is the folder of this machine, made by us: `vagrant destroy` must not find anything else there. */
export async function isOwnFolder(folder: string, id: string): Promise<boolean> {
  try {
    await readRegular(join(folder, 'Vagrantfile'));
    const machine: unknown = JSON.parse((await readRegular(join(folder, 'machine.json'))).toString());
    return typeof machine === 'object' && machine !== null && 'id' in machine && machine.id === id;
  } catch {
    return false;
  }
}

export async function writeFolder(
  folder: string,
  spec: MachineSpec,
  data: ProvisionData,
  facts: FolderFacts,
): Promise<void> {
  const {cgroup, layers, disk, stubBox, provision} = facts;
  await makeFolder(folder);
  for (const name of ['Vagrantfile', 'bootstrap.sh'])
    await cp(join(projectRoot, 'vagrant', name), join(folder, name));
  const {checksum, ...box} = spec.box;
  const [checksumType, checksumValue] = checksum?.split(':') ?? [];
  const verified = checksumValue === undefined ? {} : {checksum: checksumValue, checksumType};
  await writeFile(
    join(folder, 'machine.json'),
    JSON.stringify({
      formatVersion: 1,
      id: spec.id,
      provider: spec.provider,
      box: stubBox === undefined ? {...box, ...verified} : {name: stubBox},
      memoryMib: spec.memoryMib,
      cpus: spec.cpus,
      bootTimeoutSeconds: Math.ceil(spec.bootTimeoutMs / 1000),
      cgroup,
      emulated: spec.isEmulated,
      layers,
      disk,
      proxy: data.proxy,
      ...(provision ? {} : {provision: false}),
    }),
  );
  if (!provision) return;
  const certificates = Object.entries(data.caCertificates).map(
    ([name, pem]) => [`ca/${name}.crt`, pem] as const,
  );
  await writeProvisionTar(join(folder, 'provision.tar'), {
    puppet: join(projectRoot, 'puppet'),
    texts: {
      'puppet/environments/build/data/machine.json': JSON.stringify(renderHiera(data)),
      ...Object.fromEntries(certificates),
    },
  });
}

/** The machine's own layer of Hiera; keys without a value are left out, so that the module's defaults hold. */
function renderHiera(data: ProvisionData): Readonly<Record<string, unknown>> {
  const entries: Readonly<Record<string, unknown>> = {
    with_r: data.withR,
    maven_minimum: data.mavenMinimum,
    ca_certificates: data.caCertificates,
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
