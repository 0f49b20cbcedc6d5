// What an operator may ask of builds, as the command line, a batch file and the configuration give it, and the request
// that comes of it. Knows no flag.
import {isAbsolute, resolve} from 'node:path';
import type {FeatureValue} from '../core/values.ts';
import type {ProviderName} from '../machine/machine.ts';
import type {BuildRequestInput} from '../recipe/build-request.ts';

/** What commander hands to a command that selects releases. */
export interface BuildOptions {
  readonly cdh?: readonly string[];
  readonly spark2?: readonly string[];
  readonly ref?: string;
  readonly newestOf?: 'minor' | 'major';
  readonly source?: string;
  readonly refresh?: boolean;
  readonly with?: readonly FeatureValue[];
  readonly deps?: 'provided' | 'bundled';
  readonly dependencies?: 'auto' | 'cloudera' | 'apache';
  readonly compileTests?: boolean;
  readonly patch?: readonly string[];
  readonly profile?: readonly string[];
  readonly define?: readonly string[];
  readonly output?: string;
  readonly label?: string;
  readonly provider?: ProviderName;
  readonly box?: string;
  readonly boxChecksum?: string;
  readonly memory?: number;
  readonly cpus?: number;
  readonly jobs?: number;
  readonly goldenBox?: 'auto' | 'off';
  readonly retry?: number;
  readonly timeout?: number;
  readonly silence?: number;
  readonly onFailure?: 'destroy' | 'keep';
  readonly keepFor?: number;
  readonly mavenSettings?: string;
  readonly mirror?: readonly {readonly id: string; readonly url: string}[];
  readonly caCert?: readonly string[];
  readonly proxy?: string;
  readonly noProxy?: string;
  readonly force?: boolean;
  readonly forceUnsupported?: boolean;
  readonly smoke?: boolean;
  readonly setup?: boolean;
  readonly junit?: string;
}

/** How results are shown; every command takes them. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

/** @param cwd Paths of the operator are relative to it. */
export function renderRequestInput(options: BuildOptions, cwd: string): BuildRequestInput {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(cwd, path));
  const isPath = options.source !== undefined && /^(\.{0,2}\/|\.\.?$|~\/)/.test(options.source);
  const input: Record<keyof BuildRequestInput, unknown> = {
    cdh: options.cdh,
    spark2: options.spark2,
    ref: options.ref,
    newestOf: options.newestOf,
    refresh: options.refresh,
    source: isPath ? absolute(options.source ?? '') : options.source,
    features: options.with,
    deps: options.deps,
    dependencies: options.dependencies,
    compileTests: options.compileTests,
    patches: options.patch?.map(absolute),
    profiles: options.profile,
    defines: options.define,
    output: absolute(options.output ?? '.'),
    label: options.label,
    provider: options.provider,
    box: options.box,
    boxChecksum: options.boxChecksum,
    memoryMib: options.memory,
    cpus: options.cpus,
    goldenBox: options.goldenBox,
    retry: options.retry,
    timeoutMs: options.timeout,
    silenceMs: options.silence,
    onFailure: options.onFailure,
    keepForMs: options.keepFor,
    mavenSettings: options.mavenSettings === undefined ? undefined : absolute(options.mavenSettings),
    mirrors: options.mirror,
    caCertificates: options.caCert?.map(absolute),
    proxy: options.proxy,
    noProxy: options.noProxy,
    force: options.force,
    forceUnsupported: options.forceUnsupported,
    smoke: options.smoke,
  };
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== undefined),
  ) as unknown as BuildRequestInput;
}
