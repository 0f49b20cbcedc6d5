// Reads the file of --maven-settings, and settings-security.xml where it holds encrypted passwords. Before anything is made.
import {readFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {BuildRequest} from '../recipe/build-request.ts';
import {describeError, HostError, throwProblems, UsageError} from '../core/errors.ts';
import type {Proxies} from '../core/proxies.ts';
import {findUnreachable, planSettingsFile, reachableHint, type SettingsFile} from '../maven/settings-file.ts';
import {decodeXml} from '../maven/xml-encoding.ts';
import type {Terminal} from '../core/terminal.ts';

export interface MavenSettings {
  readonly file?: SettingsFile;
  /** What people should know of it. */
  readonly notes: readonly string[];
}

/** @throws UsageError for what cannot hold in a machine: all of it at once. */
export async function readMavenSettings(
  {mavenSettings: path, defines, mirrors}: BuildRequest,
  {env, home}: Pick<Terminal, 'env' | 'home'>,
  proxies: Proxies,
): Promise<MavenSettings> {
  if (path === undefined) return {notes: []};
  const name = `--maven-settings ${basename(path)}`;
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`${name} cannot be read: ${describeError(error)}.`, `Look at it: ls -l ${path}`);
  });
  const places = [dirname(path), join(home, '.m2')].map((folder) => join(folder, 'settings-security.xml'));
  const planned = planSettingsFile({name, bytes, env, defines, security: await readSecurity(places)});
  if ('problems' in planned) {
    throwProblems(planned.problems);
    return {notes: []};
  }
  const {file} = planned;
  const hasOwnProxies = proxies.http !== undefined || proxies.https !== undefined;
  return {
    file,
    notes: [
      ...file.notes,
      ...(mirrors.length === 0 ? [] : [`${name} is used in place of our settings: --mirror has no effect.`]),
      ...(hasOwnProxies && !file.hasProxy
        ? [`${name} names no proxy, so that Maven in the machine goes without the one of this host.`]
        : []),
    ],
  };
}

/** The first that is there; one that only says where the other is, is followed once, as Maven does. */
async function readSecurity(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const text = await readXml(place);
    if (text === undefined) continue;
    const [, other] = /<relocation>\s*([^<]+?)\s*<\/relocation>/.exec(text) ?? [];
    return other === undefined ? text : readXml(other);
  }
  return undefined;
}

async function readXml(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const decoded = bytes === undefined ? undefined : decodeXml(bytes);
  return decoded !== undefined && 'text' in decoded ? decoded.text : undefined;
}

/** Of `--mirror`: what a machine cannot reach. */
export function findMirrorProblems({mirrors, provider}: BuildRequest): readonly HostError[] {
  if (provider === 'fake') return [];
  return mirrors.flatMap(({id, url}) => {
    const reason = findUnreachable(url);
    return reason === undefined
      ? []
      : [new HostError(`--mirror ${id} names ${describeUrl(url)}, ${reason}.`, reachableHint)];
  });
}

function describeUrl(text: string): string {
  const {protocol, host} = new URL(text);
  return host === '' ? `${protocol}//…` : host;
}
