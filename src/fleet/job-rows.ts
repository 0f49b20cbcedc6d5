// From a request to what travels of it, and back to the options of the host that builds. Pure.
import type {BuildOptions, BuildRow} from '../batch/build-options.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {fieldOf, keyOf} from '../recipe/option-fields.ts';
import {buildRows, type OptionRow} from '../recipe/option-table.ts';
import {toPlain, type JobBuild} from './job.ts';

/** Fields of a request that are each host's own: where its files and keys are, and how it reaches the network. */
const ownFields: readonly string[] = [
  ...['cdh', 'spark2', 'newestOf', 'source', 'refresh', 'patches', 'output', 'publish', 'tar', 'sign'],
  ...['mavenSettings', 'mirrors', 'caCertificates', 'proxy', 'noProxy'],
];

/** Options of the worker's host; what a request says of the others wins. */
export type HostOptions = Pick<
  BuildOptions,
  'provider' | 'box' | 'boxChecksum' | 'mavenSettings' | 'mirror' | 'caCert' | 'proxy' | 'noProxy'
>;

/** @param source The safe name: without a password. */
export function pickTravelling(
  request: BuildRequest,
  tag: string,
  source: string,
): Readonly<Record<string, unknown>> {
  const left = Object.entries(request).filter(([field]) => !ownFields.includes(field));
  return toPlain({...Object.fromEntries(left), ref: tag, source}) as Readonly<Record<string, unknown>>;
}

/** @param patches Paths of the operator's patches on this host. */
export function planRow(
  {request, pinned}: Pick<JobBuild, 'request' | 'pinned'>,
  host: HostOptions,
  {output, patches}: {readonly output: string; readonly patches: readonly string[]},
): BuildRow {
  const options: Record<string, unknown> = {...host};
  for (const row of buildRows as readonly OptionRow[]) {
    const field = fieldOf(row);
    const value = field === undefined || ownFields.includes(field) ? undefined : request[field];
    if (value !== undefined) options[keyOf(row)] = value;
  }
  const own = {ref: pinned.tag, source: request.source, output, patch: patches};
  return {options: {...options, ...own} as BuildOptions, pinned};
}
