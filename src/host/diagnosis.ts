// Is this host ready: all checks at once, in a fixed order. Preflight and `doctor` are the same. Changes nothing.
import {findBox, readBoxCatalogue, type Box} from '../machine/box-catalogue.ts';
import {readBoxState, readBuiltBox} from '../machine/boxes.ts';
import {describeError, ExpectedError, HostError} from '../core/errors.ts';
import {checkCertificates} from './certificates.ts';
import {fail, pass, setupRemedy, warn, type Check} from './host-check.ts';
import {checkFolders} from './folders.ts';
import {findCommand, readRelease, type Host} from './host.ts';
import {readKvm, type KvmAnswer} from './kvm.ts';
import {checkLxcNetwork} from './lxc-network.ts';
import {findProvider, type ProviderSearch, type RealProvider} from './providers.ts';
import {findLikely, findRow} from '../machine/providers/table.ts';
import {checkProxy} from './proxy-check.ts';
import {checkCgroup, checkDisk, checkFiles, checkMemory, planDiskNeeds} from './resources.ts';
import {checkSudo} from './sudo.ts';
import {checkNode, checkTools, checkVagrant} from './tools.ts';

export interface DoctorOptions {
  /** Looks at this provider alone. */
  readonly provider?: RealProvider;
  /** The box that was decided on; without it the provider's default. */
  readonly box?: Box;
  /** Of one machine. */
  readonly memoryMib?: number;
  /** Where dists go; without it that disk is not looked at. */
  readonly output?: string;
  /** Asks Cloudera's repository; without it there is no such check. */
  readonly probe?: () => Promise<{
    readonly isAnswering: boolean;
    readonly isThere?: boolean;
    readonly url: string;
    readonly detail: string;
  }>;
  /** `--proxy` was given, so the proxy of the environment does not count. */
  readonly hasOwnProxy?: boolean;
  /** No connection may be opened: a box that would be downloaded is missing. */
  readonly isOffline?: boolean;
}

export interface Diagnosis {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly provider: RealProvider | undefined;
  /** Whether the provider's machines are interpreted, since there is no KVM that works. */
  readonly isEmulated: boolean;
}

export async function diagnose(host: Host, options: DoctorOptions = {}): Promise<Diagnosis> {
  const searching = findProvider(host, options.provider);
  // Only of the provider that it will be: a guest that never ends takes its time.
  const asking = searching.then(({provider}) =>
    provider !== undefined && findRow(provider).usesKvm === true ? readKvm(host) : undefined,
  );
  const forProvider = searching.then((search) => checkForProvider(host, search, options));
  const checks = (
    await Promise.all([
      Promise.resolve(checkNode(host)),
      checkFolders(host.paths),
      checkTools(host),
      checkVagrant(host),
      searching.then((search) => checkProvider(search, options.provider)),
      asking.then((kvm) => (kvm === undefined ? [] : checkKvm(kvm))),
      forProvider,
      ...(options.hasOwnProxy === true ? [] : [searching.then(({provider}) => checkProxy(host, provider))]),
      checkCertificates(host.env, host.root),
      ...(options.probe === undefined ? [] : [checkCloudera(options.probe)]),
    ])
  ).flat();
  return {
    ok: checks.every(({ok}) => ok),
    checks,
    provider: (await searching).provider,
    isEmulated: (await asking)?.works === false,
  };
}

/** What stops a build, as errors with their remedies; none for warnings. */
export function listProblems({checks}: Diagnosis): readonly ExpectedError[] {
  return checks
    .filter(({ok}) => !ok)
    .map(({message, remedy}) => new HostError(message, `Type: ${remedy ?? setupRemedy}`));
}

function checkProvider({provider, findings}: ProviderSearch, wanted: RealProvider | undefined): Check {
  const others = findings
    .filter((finding) => !finding.isUsable)
    .map((finding) => `${finding.provider}: ${finding.reason}`)
    .join(' ');
  if (provider === undefined) {
    const [first] = findings;
    const remedy = wanted === undefined ? setupRemedy : (first?.remedy ?? 'build-spark doctor');
    return fail(
      'provider',
      wanted === undefined ? `No VM provider works here. ${others}` : `${wanted}: ${first?.reason ?? ''}`,
      remedy,
    );
  }
  const reason = findings.find((finding) => finding.provider === provider)?.reason ?? '';
  return pass('provider', `${provider} (${reason})${others === '' ? '' : `; not: ${others}`}`);
}

function checkKvm({works, reason, remedy}: KvmAnswer): Check {
  if (works) return pass('kvm', `virtual machines are not emulated (${reason})`);
  return warn('kvm', `The machine is emulated, expect ten times as long: ${reason}.`, remedy);
}

/** The checks that depend on which provider it will be; lxc on a Linux host which has none yet. */
async function checkForProvider(
  host: Host,
  search: ProviderSearch,
  options: DoctorOptions,
): Promise<readonly Check[]> {
  const likely = search.provider ?? options.provider ?? findLikely(host.platform);
  const diskNeeds = planDiskNeeds(host, likely, options.output);
  const isLxc = likely === 'lxc' && host.platform === 'linux';
  return Promise.all([
    ...(isLxc ? [checkLxcNetwork(host), checkCgroup(host), checkSudo(host)] : []),
    checkBox(host, likely, options),
    checkDisk(diskNeeds),
    checkFiles(diskNeeds),
    checkMemory(host, options.memoryMib ?? 6144),
  ]);
}

async function checkBox(
  host: Host,
  provider: RealProvider,
  {box: decided, isOffline = false}: DoctorOptions,
): Promise<Check> {
  let box = decided;
  try {
    box ??= findBox(await readBoxCatalogue(), {provider, architecture: host.architecture});
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return fail('box', error.message, 'build-spark --cdh 5.7.0 --box <name|path|url>');
  }
  const {name} = box.reference;
  const check = box.isVerified ? '' : ' (no checksum of it is known)';
  try {
    switch (await readBoxState(host, box)) {
      case 'ready':
        return pass('box', `${name} is there`);
      case 'outdated':
        return fail(
          'box',
          `The box ${name} was built by another version of its recipe, or by somebody else.`,
          planBoxBuild(provider),
        );
      case 'missing': {
        if (isOffline)
          return fail('box', `The box ${name} is not on this host.`, await findOfflineRemedy(host, box));
        const {id} = await readRelease(host);
        const tools = await Promise.all(['vagrant', 'debootstrap'].map((tool) => findCommand(host, tool)));
        const isReady = tools.every((path) => path !== undefined);
        if (!isReady) return fail('box', `The box ${name} was not built yet.`, setupRemedy);
        const mirror = id === 'debian' ? '' : ' --mirror <address of a Debian archive>';
        return fail('box', `The box ${name} was not built yet.`, `${planBoxBuild(provider)}${mirror}`);
      }
      case 'remote':
        if (isOffline)
          return fail('box', `The box ${name} is not on this host.`, `vagrant box add <file> --name ${name}`);
        return pass('box', `Vagrant will download ${name}${check}`);
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return fail('box', error.message, error.hint); // A damaged record of ours.
  }
}

function planBoxBuild(provider: RealProvider): string {
  return `build-spark box build${provider === 'lxc' ? '' : ` --provider ${provider}`}`;
}

/** A box that a bundle brought is only to be given to Vagrant. */
async function findOfflineRemedy(host: Host, box: Box): Promise<string> {
  const built = await readBuiltBox(host, box);
  return built === undefined ? 'build-spark bundle use <file>' : 'build-spark setup --offline';
}

/** Informational: a build goes on with Apache's dependencies. */
async function checkCloudera(probe: NonNullable<DoctorOptions['probe']>): Promise<Check> {
  try {
    const {isAnswering, isThere, url, detail} = await probe();
    const how = isThere === true ? 'answers, but not with the parent pom' : 'does not answer';
    const {host} = new URL(url);
    return isAnswering
      ? pass('cloudera', `Cloudera's repository answers (${host})`)
      : warn(
          'cloudera',
          `Cloudera's repository (${host}) ${how}: ${detail}. Builds take Apache's dependencies.`,
          'build-spark plan --cdh 5.7.0 --dependencies apache',
        );
  } catch (error) {
    return warn('cloudera', `Cloudera's repository could not be asked: ${describeError(error)}`);
  }
}
