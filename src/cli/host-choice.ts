// What this host gives a build: provider, box, memory, cores, certificates. All that is wrong with it in one list.
import {readFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {basename} from 'node:path';
import {readBoxCatalogue, resolveBox, type Box} from '../cache/box-catalogue.ts';
import {readBoxIdentity, readBoxState} from '../cache/boxes.ts';
import type {BuildPlan} from '../build/plan.ts';
import type {BuildRequest} from '../build/request.ts';
import {describeError, HostError, throwProblems, UsageError, type ExpectedError} from '../core/errors.ts';
import type {ManifestFacts} from '../dist/manifest.ts';
import {findExtraCaCertificates} from '../host/certificates.ts';
import {createHost, type Host} from '../host/host.ts';
import {checkProxy} from '../host/proxy.ts';
import {checkCgroup, checkDisk, planDiskNeeds} from '../host/resources.ts';
import {checkSudo} from '../host/sudo.ts';
import {checkTools, checkVagrant} from '../host/tools.ts';
import {findProvider, requireProvider, type RealProvider} from '../host/providers.ts';
import type {Session} from './session.ts';

export interface HostChoice {
  readonly host: Host;
  readonly machine: BuildPlan['machine'];
  readonly box: ManifestFacts['box'];
  /** Why this provider, and why not the ones before it. */
  readonly reasons: readonly string[];
  /** PEM by name, of this host and of `--ca-cert`. */
  readonly caCertificates: Readonly<Record<string, string>>;
  /** The most that one machine could get, for a second try. */
  readonly maxMemoryMib: number;
}

/** @param boots Without it nothing about this host is refused: the answer is what would be used. */
export async function prepareHost(
  session: Session,
  request: BuildRequest,
  boots: boolean,
): Promise<HostChoice> {
  const host = createHost(session.exec, session.terminal.env, session.paths, process.version);
  const maxMemoryMib = Math.floor(host.memoryBytes / 1024 ** 2) - 1024;
  const cores = availableParallelism();
  const cpus = request.cpus ?? cores;
  const problems: ExpectedError[] = [];
  if (boots && request.memoryMib > maxMemoryMib) {
    problems.push(
      new HostError(
        `A machine of ${request.memoryMib} MiB does not fit this host, which has ${maxMemoryMib + 1024} MiB and needs 1024 of them itself.`,
        `Type the same with --memory ${maxMemoryMib}MiB or less; Spark needs about 5 GiB.`,
      ),
    );
  }
  if (boots && cpus > cores) {
    problems.push(
      new HostError(
        `A machine with ${cpus} cores does not fit this host, which has ${cores}.`,
        `Type the same with --cpus ${cores}`,
      ),
    );
  }
  const caCertificates = {
    ...(await findExtraCaCertificates(host.env)).certificates,
    ...(await readCertificates(request.caCertificates, problems)),
  };
  const common = {host, caCertificates, maxMemoryMib};
  if (request.provider === 'fake') {
    throwProblems(problems);
    const name = 'fake';
    return {
      ...common,
      machine: {provider: 'fake', box: {name}, memoryMib: request.memoryMib, cpus},
      box: {name, verified: true},
      reasons: [],
    };
  }
  const {provider, reasons} = await pickProvider(host, request.provider, boots, problems);
  const box = await pickBox(session, host, provider, request, boots, problems);
  if (boots) problems.push(...(await findHostProblems(host, provider, request)));
  throwProblems(problems);
  const identity = await readBoxIdentity(session, box);
  return {
    ...common,
    machine: {provider, box: box.reference, memoryMib: request.memoryMib, cpus},
    box: identity,
    reasons,
  };
}

async function pickProvider(
  host: Host,
  wanted: RealProvider | undefined,
  boots: boolean,
  problems: ExpectedError[],
): Promise<{readonly provider: RealProvider; readonly reasons: readonly string[]}> {
  const {provider, findings} = await findProvider(host, wanted);
  if (provider !== undefined) {
    const others = findings
      .filter((finding) => !finding.isUsable)
      .map((finding) => `${finding.provider}: ${finding.reason}`);
    return {provider, reasons: wanted === undefined ? others : []};
  }
  if (boots) {
    await requireProvider(host, wanted).catch((error: unknown) => {
      if (!(error instanceof HostError)) throw error;
      problems.push(error);
    });
  }
  return {
    provider: wanted ?? 'lxc',
    reasons: findings.map((finding) => `${finding.provider}: ${finding.reason}`),
  };
}

const noBox: Box = {reference: {name: 'none'}, provider: 'lxc', isVerified: false};

async function pickBox(
  session: Session,
  host: Host,
  provider: RealProvider,
  request: BuildRequest,
  boots: boolean,
  problems: ExpectedError[],
): Promise<Box> {
  const wish = {provider, architecture: host.architecture};
  try {
    const box = await resolveBox(
      await readBoxCatalogue(),
      wish,
      request.box,
      request.boxChecksum,
      session.terminal.cwd,
    );
    const state = boots ? await readBoxState(session, box) : 'ready';
    const what = {
      missing: 'was not built yet',
      outdated: 'was built by another version of its recipe, or by somebody else',
    };
    if (state === 'missing' || state === 'outdated') {
      problems.push(
        new HostError(`The box ${box.reference.name} ${what[state]}.`, 'Type: build-spark box build'),
      );
    }
    return box;
  } catch (error) {
    if (!(error instanceof HostError || error instanceof UsageError)) throw error;
    problems.push(error);
    return noBox;
  }
}

/** What `doctor` would call failed, as far as this build needs it. */
async function findHostProblems(
  host: Host,
  provider: RealProvider,
  {output, proxy}: BuildRequest,
): Promise<readonly ExpectedError[]> {
  const proxied =
    proxy === undefined ? host : {...host, env: {...host.env, http_proxy: proxy, https_proxy: proxy}};
  const checks = await Promise.all([
    checkTools(host),
    checkVagrant(host),
    checkDisk(planDiskNeeds(host, provider, output)),
    Promise.resolve(checkProxy(proxied, provider)),
    ...(provider === 'lxc' ? [checkCgroup(host), checkSudo(host)] : []),
  ]);
  return checks
    .flat()
    .filter(({ok}) => !ok)
    .map(({message, remedy}) => new HostError(message, remedy === null ? '' : `Type: ${remedy}`));
}

async function readCertificates(
  files: readonly string[],
  problems: ExpectedError[],
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const file of files) {
    try {
      const text = await readFile(file, 'utf8');
      if (!text.includes('-----BEGIN CERTIFICATE-----'))
        throw new Error('it holds no certificate in PEM form');
      found[
        basename(file)
          .replace(/\.(crt|pem|cer)$/i, '')
          .replaceAll(/[^A-Za-z0-9.-]/g, '-')
      ] = text;
    } catch (error) {
      problems.push(
        new UsageError(
          `--ca-cert ${file}: ${describeError(error)}.`,
          'Name a file with certificates in PEM form.',
        ),
      );
    }
  }
  return found;
}
