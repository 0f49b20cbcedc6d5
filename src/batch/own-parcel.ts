// Parcels of a dist that an operator names, and a folder of them over http.
import {hostname} from 'node:os';
import {resolve} from 'node:path';
import {systemClock} from '../core/clock.ts';
import {UsageError} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {runChecks, throwInOrder} from '../core/problems.ts';
import type {Terminal} from '../core/terminal.ts';
import {makeParcels, type MadeParcels} from '../parcel/make-parcel.ts';
import {checkDistro} from '../parcel/parcel-plan.ts';
import {serveFolder} from '../parcel/serve.ts';

export interface ParcelRequest {
  readonly distro: readonly string[];
  readonly output: string;
}

export interface OwnParcels extends MadeParcels {
  /** Absolute. */
  readonly folder: string;
}

export async function makeOwnParcels(
  {cwd, signal}: Terminal,
  dist: string,
  {distro, output}: ParcelRequest,
): Promise<OwnParcels> {
  const distros = [...new Set(distro.flatMap((each) => each.split(',')).map((each) => each.trim()))];
  throwInOrder(runChecks(distros.map((each) => () => checkDistro(each))));
  const folder = resolve(cwd, output);
  const made = await makeParcels(resolve(cwd, dist), folder, distros, systemClock.now().getTime(), signal);
  return {...made, folder};
}

/** For scripts. Pure. */
export function describeParcels({folder, parcels, sha1, service, plan, repository}: OwnParcels) {
  const {name, version, depends} = plan;
  const others = repository.parcels.length;
  const leftOut = repository.damaged.map(({name: parcel, why}) => ({parcel, why}));
  return {
    folder,
    name,
    version,
    depends,
    parcels,
    sha1,
    service: service ?? null,
    inRepository: others,
    leftOut,
  };
}

/** For people: what was written, then what to do with it. Pure. */
export function renderParcels({
  folder,
  parcels,
  sha1,
  service,
  plan,
  repository,
}: OwnParcels): readonly string[] {
  const {depends} = plan;
  return [
    ...parcels.map((name) => `${name}, sha1 ${sha1}`),
    ...(service === undefined ? [] : [`${service}, the service ${JSON.stringify(plan.service.label)}`]),
    `manifest.json, which names ${repository.parcels.length === 1 ? 'this parcel' : `${repository.parcels.length} parcels`}`,
    ...repository.damaged.map(
      ({name, why}) => `${renderPath(name)} ${why}: it was left out of manifest.json.`,
    ),
    `All of it in ${folder}. It needs ${depends}.`,
    `To try it: build-spark parcel serve ${folder}`,
  ];
}

/** Serves until it is stopped. @param say Gets what a person reads: the URL first. */
export async function serveParcels(
  {cwd, signal}: Terminal,
  folder: string | undefined,
  {bindHost, port}: {readonly bindHost: string; readonly port: number},
  say: (line: string) => void,
): Promise<void> {
  if (folder === undefined)
    throw new UsageError(
      'No folder of parcels is named.',
      'Name the one that holds manifest.json: build-spark parcel serve <folder>',
    );
  const served = await serveFolder(resolve(cwd, folder), {host: bindHost, port}, say);
  const host = ['0.0.0.0', '::'].includes(bindHost) ? hostname() : bindHost;
  say(`http://${host.includes(':') ? `[${host}]` : host}:${served.port}/`);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), {once: true});
  });
  await served.close();
}
