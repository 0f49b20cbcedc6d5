// Reads what `setup` must know of this host. Changes nothing; decides nothing.
import {join} from 'node:path';
import {isThere} from '../core/presence.ts';
import {findBox, readBoxCatalogue, type Box} from '../machine/box-catalogue.ts';
import {readBoxState, readBuiltBox} from '../machine/boxes.ts';
import {findCommand, isRoot, readRelease, type Host, type Release} from './host.ts';
import {planOfflineApt, planPackageFolder} from './host-packages.ts';
import {readLxcNetwork} from './lxc-network.ts';
import {findProvider, readPlugins, type RealProvider} from './providers.ts';
import {listNeeds, type PackageNeed} from './setup-needs.ts';
import {defaultProvider, type SetupFacts} from './setup-plan.ts';
import {hasSudo, hasSudoers} from './sudo.ts';

/** The box of a provider on this host. @returns undefined where there is none, which `doctor` tells. */
export async function findDefaultBox(host: Host, provider: RealProvider): Promise<Box | undefined> {
  const catalogue = await readBoxCatalogue();
  try {
    return findBox(catalogue, {provider, architecture: host.architecture});
  } catch {
    return undefined;
  }
}

export async function readSetupFacts(
  host: Host,
  wanted: RealProvider | undefined,
  isOffline = false,
): Promise<SetupFacts> {
  const usableProvider = (await findProvider(host, wanted)).provider;
  const provider = wanted ?? defaultProvider(host.platform, usableProvider);
  const plugins = await readPlugins(host);
  const needs = listNeeds(provider);
  const found = await Promise.all(needs.map((need) => hasNeed(host, need, plugins)));
  const missingPackages = needs.filter((_need, index) => found[index] !== true).map(({name}) => name);
  const box = await findDefaultBox(host, provider);
  const release = await readRelease(host);
  return {
    platform: host.platform,
    release,
    offline: isOffline ? await readOfflineFacts(host, release, box) : undefined,
    missingPackages,
    knownPackages: missingPackages.length === 0 ? [] : await readKnownPackages(host, missingPackages),
    hasForeignVagrant: await isThere(join(host.root, '/opt/vagrant/bin/vagrant')),
    usableProvider,
    isLxcNetworkUp: (await readLxcNetwork(host)).isUp,
    hasSystemd: await isThere(join(host.root, '/run/systemd/system')),
    boxState: box === undefined ? undefined : await readBoxState(host, box),
    user: host.user,
    hasSudo: isRoot(host) || (await hasSudo(host.exec)),
    hasSudoers: await hasSudoers(host),
    sudoersDraft: join(host.paths.state, 'sudoers'),
  };
}

async function readOfflineFacts(
  host: Host,
  release: Release,
  box: Box | undefined,
): Promise<NonNullable<SetupFacts['offline']>> {
  const folder = planPackageFolder(host.paths, release, host.architecture);
  return {
    aptOptions: (await isThere(join(folder, 'Packages'))) ? planOfflineApt(folder) : undefined,
    hasBoxFile: box !== undefined && (await readBuiltBox(host, box)) !== undefined,
  };
}

async function hasNeed(host: Host, need: PackageNeed, plugins: ReadonlySet<string>): Promise<boolean> {
  if (need.plugin !== undefined) return plugins.has(need.plugin);
  if (need.command !== undefined) return (await findCommand(host, need.command)) !== undefined;
  return need.file === undefined || isThere(join(host.root, need.file));
}

/** @returns undefined where there is no apt, or its lists are empty, as in a fresh container. */
async function readKnownPackages(
  host: Host,
  names: readonly string[],
): Promise<readonly string[] | undefined> {
  const ask = async (...args: string[]): Promise<string> =>
    host.exec(['apt-cache', ...args], {allow: 'any', timeoutMs: 20_000}).then(
      ({stdout}) => stdout,
      () => '',
    );
  const known = [...(await ask('policy', ...names)).matchAll(/^(\S+):\n\s+\S+ .*\n\s+\S+ (\S+)/gm)].flatMap(
    ([, name, candidate]) => (name === undefined || candidate === '(none)' ? [] : [name]),
  );
  if (known.length > 0) return known;
  const total = /^Total package names: (\d+)/m.exec(await ask('stats'))?.[1];
  // A system without lists knows only what is installed: some hundreds.
  return Number(total ?? 0) < 5_000 ? undefined : [];
}
