// Which VM provider works on this host, and why the others do not. Changes nothing and boots nothing.
import {join} from 'node:path';
import {CommandError} from '../core/exec.ts';
import {HostError, UsageError} from '../core/errors.ts';
import {findRow, providerRows, providers, type RealProvider} from '../machine/providers/table.ts';
import {findCommand, readSystemFile, type Host} from './host.ts';

export type {RealProvider};

/** @throws UsageError naming those that there are. */
export function parseProvider(text: string): RealProvider {
  const provider = providers.find((name) => name === text);
  if (provider !== undefined) return provider;
  throw new UsageError(
    `There is no provider ${JSON.stringify(text)}.`,
    `Name one of: ${providers.join(', ')}`,
  );
}

interface ProviderFinding {
  readonly provider: RealProvider;
  readonly isUsable: boolean;
  /** What makes it usable, or the first thing that is missing. */
  readonly reason: string;
  /** A command to type, or an address; null when usable or when this host can never have it. */
  readonly remedy: string | null;
}

export interface ProviderSearch {
  readonly provider: RealProvider | undefined;
  /** In the order in which they are tried; all of them, also behind the first usable one. */
  readonly findings: readonly ProviderFinding[];
}

/** @param wanted Looks at this one alone; without it at all, and the first usable one is taken. */
export async function findProvider(host: Host, wanted?: RealProvider): Promise<ProviderSearch> {
  const plugins = await readPlugins(host);
  const names = wanted === undefined ? providers : [wanted];
  const findings = await Promise.all(names.map((name) => inspectProvider(host, name, plugins)));
  return {provider: findings.find(({isUsable}) => isUsable)?.provider, findings};
}

/** @throws HostError which gives the reason for each provider. */
export async function requireProvider(host: Host, wanted?: RealProvider): Promise<RealProvider> {
  const {provider, findings} = await findProvider(host, wanted);
  if (provider !== undefined) return provider;
  const [first] = findings;
  const reasons = findings.map((finding) => `${finding.provider}: ${finding.reason}`).join('\n');
  throw new HostError(
    wanted === undefined
      ? `No VM provider works on this host.\n${reasons}`
      : `The provider ${wanted} does not work on this host: ${first?.reason ?? ''}`,
    `Type: ${(wanted === undefined ? undefined : first?.remedy) ?? 'build-spark setup'}`,
  );
}

/**
 * The plugins that Vagrant would load, without starting it: `vagrant plugin list` takes a second, this a millisecond.
 * Source: vagrant/plugin/manager.rb and state_file.rb of 2.3.4; the packages of Debian and Ubuntu use plugins.d.
 */
export async function readPlugins(host: Host): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  // The user's own files lie below no other root.
  const states = [
    await readSystemFile({...host, root: '/'}, join(host.paths.vagrantHome, 'plugins.json')),
    await readSystemFile(host, '/usr/share/vagrant-plugins/plugins.json'),
    await readSystemFile(host, '/opt/vagrant/embedded/plugins.json'),
  ];
  for (const text of states) for (const name of parsePlugins(text)) names.add(name);
  for (const {plugin} of providerRows) {
    const name = plugin?.name;
    if (name === undefined) continue;
    if ((await readSystemFile(host, `/usr/share/vagrant-plugins/plugins.d/${name}.json`)) !== undefined)
      names.add(name);
  }
  return names;
}

function parsePlugins(text: string | undefined): readonly string[] {
  try {
    const {installed} = JSON.parse(text ?? '{}') as {installed?: Record<string, unknown>};
    return Object.keys(installed ?? {});
  } catch {
    return []; // A damaged one makes `vagrant --version` fail, which is a check of its own.
  }
}

async function inspectProvider(
  host: Host,
  provider: RealProvider,
  plugins: ReadonlySet<string>,
): Promise<ProviderFinding> {
  const {platform, plugin, inspect} = findRow(provider);
  const no = (reason: string, remedy: string | null): ProviderFinding => ({
    provider,
    isUsable: false,
    reason,
    remedy,
  });
  if (platform !== undefined && host.platform !== platform.name) return no(platform.reason, null);
  if ((await findCommand(host, 'vagrant')) === undefined)
    return no('Vagrant is missing.', `build-spark setup --provider ${provider}`);
  if (plugin !== undefined && !plugins.has(plugin.name))
    return no(`Vagrant's plugin ${plugin.name} is missing.`, plugin.remedy);
  const {vagrantHome} = host.paths;
  const found = await inspect({vagrantHome, ask: (argv) => ask(host, argv)});
  return found.isUsable ? {provider, ...found, remedy: null} : {provider, ...found};
}

async function ask(
  host: Host,
  argv: readonly [string, ...string[]],
): Promise<{readonly ok: boolean; readonly said: string}> {
  if ((await findCommand(host, argv[0])) === undefined)
    return {ok: false, said: `The command ${argv[0]} is missing.`};
  try {
    const {stdout, stderr} = await host.exec(argv, {timeoutMs: 10_000});
    return {ok: true, said: `${stdout}\n${stderr}`.trim()};
  } catch (error) {
    if (!(error instanceof CommandError)) return {ok: false, said: `${argv[0]} does not start.`};
    const said = (error.result.stderr || error.result.stdout).trim().split('\n')[0] ?? '';
    return {ok: false, said: `${argv[0]} says: ${error.result.timedOut ? 'nothing within 10 s' : said}`};
  }
}
