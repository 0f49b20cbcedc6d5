// What a golden box depends on, and what must never be in one. Knows no provider.
import {createHash} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import {renderKey} from './layers.ts';
import type {ProvisionData} from './machine.ts';

/** Raised when what is packed, or how, changes. */
const formatVersion = '2';

/**
 * Key of the golden box of machines that start from `base` and are provisioned with this data. Proxies are left out: they
 * are never packed, and are applied to each machine that needs them.
 */
export async function readGoldenKey(base: string, data: ProvisionData): Promise<string> {
  const {withR, mavenMinimum, caCertificates} = data;
  const certificates = Object.entries(caCertificates).sort(([a], [b]) => (a < b ? -1 : 1));
  return renderKey('golden', [
    formatVersion,
    base,
    await hashPuppet(projectRoot),
    JSON.stringify({withR, mavenMinimum, certificates}),
  ]);
}

/** Over all that decides what provisioning does: Puppet's code and data, the bootstrap and the order of both. */
export async function hashPuppet(root: string): Promise<string> {
  const names = (await readdir(join(root, 'puppet'), {recursive: true, withFileTypes: true}))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
  const hash = createHash('sha256');
  for (const name of [...names, 'vagrant/bootstrap.sh', 'vagrant/Vagrantfile']) {
    const content = await readFile(join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Whether a machine of a golden box has to be provisioned all the same. */
export function needsOwnProvision({proxy}: ProvisionData): boolean {
  return proxy?.http !== undefined || proxy?.https !== undefined;
}

/** Texts by which a machine's secrets are found where they should not be; one line each. */
export function findProvisionSecrets({proxy}: ProvisionData): readonly string[] {
  const texts = [proxy?.http, proxy?.https].filter((text) => text !== undefined);
  return [...new Set(texts)].filter((text) => text !== '');
}
