// What this host gives a build: provider, box, memory, cores, certificates. All that is wrong with it in one list.
import {readFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {basename} from 'node:path';
import {version} from 'node:process';
import {findMaxMemoryMib, planJobs, type Jobs, type JobsDisk} from './jobs.ts';
import type {MachineChoice} from '../recipe/build-plan.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {planBoxItem} from '../machine/box-kind.ts';
import {readBoxCatalogue, resolveBox, type Box} from '../machine/box-catalogue.ts';
import {readBoxIdentity} from '../machine/boxes.ts';
import {markUse} from '../store/uses.ts';
import {describeError, ExpectedError, HostError, throwProblems, UsageError} from '../core/errors.ts';
import type {ManifestFacts} from '../distribution/manifest.ts';
import {checkOutputFolder} from '../distribution/publish.ts';
import {findExtraCaCertificates} from '../host/certificates.ts';
import {diagnose, listProblems} from '../host/diagnosis.ts';
import {createHost, type Host} from '../host/host.ts';
import {readFreeBytes, readFreeFiles} from '../core/disk.ts';
import {findHostAddress, isLoopbackUrl} from '../host/proxy-check.ts';
import {findProvider, type RealProvider} from '../host/providers.ts';
import {guestDisk, readAvailableMemory} from '../host/resources.ts';
import {lxcFolder} from '../machine/providers/lxc.ts';
import type {Session} from './session.ts';
import {readBoxContent, renderFakeBox} from './targets.ts';

export interface HostChoice {
  readonly host: Host;
  readonly machine: Pick<MachineChoice, 'provider' | 'box' | 'isEmulated'>;
  readonly box: ManifestFacts['box'];
  /** Name and content of the box, as `Definition` has it. */
  readonly boxContent: string;
  /** Why not the other providers, when the operator named none. */
  readonly reasons: readonly string[];
  /** What does not stop a build, but may soon: a disk that is nearly full. */
  readonly warnings: readonly string[];
  /** PEM by name, of this host and of `--ca-cert`. */
  readonly caCertificates: Readonly<Record<string, string>>;
  readonly cores: number;
}

/** What the host itself needs beside a machine. */
const reservedMib = 1024;

/** In MiB: what machines may have together. */
function findHostMib(host: Host): number {
  return Math.floor(host.memoryBytes / 1024 ** 2) - reservedMib;
}

/**
 * @param requests Of all builds; they differ in their machines' sizes, not in provider, box and network.
 * @param boots Without it nothing about this host is refused: the answer is what would be used.
 */
export async function prepareHost(
  session: Session,
  requests: readonly BuildRequest[],
  boots: boolean,
): Promise<HostChoice> {
  const host = createHost(session.exec, session.terminal.env, session.paths, version);
  const [request] = requests;
  if (request === undefined) throw new Error('A host is chosen for builds.');
  const cores = availableParallelism();
  const memoryMib = Math.max(...requests.map((each) => each.memoryMib));
  const cpus = Math.max(...requests.map((each) => each.cpus ?? 1));
  const problems = [
    ...(boots ? findSizeProblems({memoryMib, maxMemoryMib: findHostMib(host), cpus, cores}) : []),
    ...(await findCertificateProblems(request.caCertificates)),
    ...(boots ? await findOutputProblems(request.output, session) : []),
  ];
  const common = {host, cores};
  if (request.provider === 'fake') {
    throwProblems(problems);
    const name = 'fake';
    return {
      ...common,
      caCertificates: {},
      machine: {provider: 'fake', box: {name}},
      box: {name, verified: true},
      boxContent: renderFakeBox(),
      warnings: [],
      reasons: [],
    };
  }
  const {provider = request.provider ?? 'lxc', findings} = await findProvider(host, request.provider);
  const box = await pickBox(session, host, provider, request, problems);
  const warnings: string[] = [];
  let isEmulated = false;
  if (boots) await markUse(session, planBoxItem(box.reference.name, provider));
  if (boots) {
    const {output} = request;
    const hasOwnProxy = request.proxy !== undefined;
    const diagnosis = await diagnose(host, {
      provider,
      box,
      memoryMib,
      output,
      hasOwnProxy,
      isOffline: request.offline,
    });
    problems.push(...listProblems(diagnosis));
    ({isEmulated} = diagnosis);
    for (const {name, level, message, remedy} of diagnosis.checks) {
      if (level !== 'warning') continue;
      if (name === 'disk') warnings.push(`${message} Type: ${remedy ?? 'df -h'}`);
      if (name === 'kvm')
        warnings.push(`${message} Its limits of time are ten times as long, too, and it has one core.`);
    }
  }
  if (boots && request.proxy !== undefined && isLoopbackUrl(request.proxy)) {
    problems.push(
      new HostError(
        `--proxy names this host's own loopback address, which in a machine is the machine's.`,
        `Let the proxy listen on ${findHostAddress(provider)} too, and name that address.`,
      ),
    );
  }
  throwProblems(problems);
  return {
    ...common,
    // Who opens no connection needs to trust nobody, and machines of two such hosts are then provisioned alike.
    caCertificates: request.offline
      ? {}
      : {
          ...(await findExtraCaCertificates(host.env)).certificates,
          ...(await readCertificates(request.caCertificates)),
        },
    machine: {provider, box: box.reference, ...(isEmulated ? {isEmulated} : {})},
    box: await readBoxIdentity(session, box),
    boxContent: await readBoxContent(session, box),
    warnings,
    reasons:
      request.provider === undefined
        ? findings
            .filter(({isUsable}) => !isUsable)
            .map((finding) => `${finding.provider}: ${finding.reason}`)
        : [],
  };
}

/** How many machines at once, and the most that one of them may get at a second try. */
export interface HostJobs extends Jobs {
  readonly maxMemoryMib: number;
}

/** @throws HostError when `wanted` machines at once cannot fit. */
export async function chooseJobs(
  {host, machine, cores}: HostChoice,
  machines: readonly Pick<BuildRequest, 'memoryMib' | 'cpus'>[],
  wanted: number | undefined,
): Promise<HostJobs> {
  const hostMib = findHostMib(host);
  const cpus = machines.flatMap((each) => each.cpus ?? []);
  const chosen = planJobs({
    machines,
    hostMib,
    freeMib: Math.floor((await readAvailableMemory(host)) / 1024 ** 2),
    cores,
    wanted,
    cpus: cpus.length === 0 ? undefined : Math.max(...cpus),
    disk: machine.provider === 'lxc' ? await readMachinesDisk() : undefined,
  });
  return {...chosen, maxMemoryMib: findMaxMemoryMib({machines, hostMib}, chosen.jobs)};
}

async function readMachinesDisk(): Promise<JobsDisk> {
  return {
    path: lxcFolder,
    freeBytes: await readFreeBytes(lxcFolder),
    perMachineBytes: guestDisk.bytes,
    freeFiles: await readFreeFiles(lxcFolder),
    perMachineFiles: guestDisk.files,
  };
}

interface Size {
  readonly memoryMib: number;
  readonly maxMemoryMib: number;
  readonly cpus: number;
  readonly cores: number;
}

function findSizeProblems({memoryMib, maxMemoryMib, cpus, cores}: Size): ExpectedError[] {
  const problems: ExpectedError[] = [];
  if (memoryMib > maxMemoryMib) {
    problems.push(
      new HostError(
        `A machine of ${memoryMib} MiB does not fit this host, which has ${maxMemoryMib + reservedMib} MiB and needs ${reservedMib} of them itself.`,
        `Type the same with --memory ${maxMemoryMib}MiB or less; Spark needs about 5 GiB.`,
      ),
    );
  }
  if (cpus > cores) {
    problems.push(
      new HostError(
        `A machine with ${cpus} cores does not fit this host, which has ${cores}.`,
        `Type the same with --cpus ${cores}`,
      ),
    );
  }
  return problems;
}

async function pickBox(
  session: Session,
  host: Host,
  provider: RealProvider,
  request: BuildRequest,
  problems: ExpectedError[],
): Promise<Box> {
  const wish = {provider, architecture: host.architecture};
  try {
    return await resolveBox(
      await readBoxCatalogue(),
      wish,
      request.box,
      request.boxChecksum,
      session.terminal.cwd,
    );
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    problems.push(error);
    return {reference: {name: 'none'}, provider, isVerified: false};
  }
}

/** What the end of a build will need of it is tried at the beginning. */
async function findOutputProblems(folder: string, session: Session): Promise<readonly ExpectedError[]> {
  try {
    await checkOutputFolder(folder, session);
    return [];
  } catch (error) {
    if (error instanceof ExpectedError) return [error];
    throw error;
  }
}

async function findCertificateProblems(files: readonly string[]): Promise<ExpectedError[]> {
  const problems: ExpectedError[] = [];
  for (const file of files) {
    await readCertificates([file]).catch((error: unknown) => {
      problems.push(
        new UsageError(
          `--ca-cert ${file}: ${describeError(error)}.`,
          'Name a file with certificates in PEM form.',
        ),
      );
    });
  }
  return problems;
}

async function readCertificates(files: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no certificate in PEM form');
    found[
      basename(file)
        .replace(/\.(crt|pem|cer)$/i, '')
        .replaceAll(/[^A-Za-z0-9.-]/g, '-')
    ] = text;
  }
  return found;
}
