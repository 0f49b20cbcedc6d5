// What was typed, or stands in a batch file, checked as far as that is possible without this host, a network or a source.
import type {BuildRequest} from '../recipe/build-request.ts';
import {findSelectionProblems} from './selection.ts';
import type {ExpectedError} from '../core/errors.ts';
import {readProxies, type Proxies} from '../core/proxies.ts';
import type {SettingsFile} from '../maven/settings-file.ts';
import {parseSource, type SourceLocation} from '../source/location.ts';
import {readPatch} from '../source/patches.ts';
import {locate, type RequestedRow} from './drafts.ts';
import {readMavenSettings, type MavenSettings} from './read-settings.ts';
import {readRequest, type BuildRow} from './build-options.ts';
import {gatherProblems} from '../core/problems.ts';
import {findSecrets, type SecretSources} from './secrets.ts';
import {openSession, type Session} from './session.ts';
import type {Terminal} from '../core/terminal.ts';

export interface Arguments {
  /** The rows that could be read. */
  readonly requested: readonly RequestedRow[];
  /** Of the first row: source, output, box and network are the same for all of a run. */
  readonly source: SourceLocation | undefined;
  readonly proxies: Proxies | undefined;
  readonly settings: MavenSettings | undefined;
  /** All that is known to be secret. */
  readonly secrets: readonly string[];
  readonly problems: readonly ExpectedError[];
}

/** Never throws for what the operator did. @param rows At least one. */
export async function readArguments(
  rows: readonly BuildRow[],
  terminal: Pick<Terminal, 'cwd' | 'env' | 'home' | 'secrets'>,
): Promise<Arguments> {
  const {cwd, env, home} = terminal;
  const problems: ExpectedError[] = [];
  const attempt = <T>(work: () => T, place?: string): T | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push(...locate(error, place));
      return undefined;
    }
  };
  const requested: RequestedRow[] = [];
  for (const {options, place, excluded, pinned} of rows) {
    const request = attempt(() => readRequest(options, cwd), place);
    if (request !== undefined) requested.push({request, place, excluded, pinned});
    const wrong = await findSelectionProblems(options);
    problems.push(...wrong.flatMap((problem) => locate(problem, place)));
  }
  const [first] = rows;
  const sourceText = requested[0]?.request.source ?? first?.options.source;
  const source = attempt(() => (sourceText === undefined ? undefined : parseSource(sourceText, cwd)));
  const patches = new Set(requested.flatMap(({request}) => request.patches));
  problems.push(...(await gatherProblems([...patches].map(readPatch))));
  const keys = new Set(requested.flatMap(({request}) => request.sign ?? []));
  if (keys.size > 0) {
    const {readSigningKey} = await import('../proof/sign-dist.ts');
    problems.push(...(await gatherProblems([...keys].map(readSigningKey))));
  }
  const request = requested[0]?.request;
  const proxies = attempt(() => (request === undefined ? undefined : readProxies(env, request)));
  const known = {
    requests: requested.map((row) => row.request),
    proxies: [proxies?.http, proxies?.https],
    env,
  };
  noteSecrets(terminal, known); // Before anything is said of them.
  const reading =
    request === undefined || proxies === undefined
      ? undefined
      : readMavenSettings(request, {env, home}, proxies);
  problems.push(...(await gatherProblems(reading === undefined ? [] : [reading])));
  const settings = await reading?.catch(() => undefined);
  return {
    requested,
    secrets: noteSecrets(terminal, known, settings?.file),
    ...{source, proxies, settings},
    problems,
  };
}

/** @returns All that is known to be secret, which the terminal knows from now on too. */
function noteSecrets(
  {secrets}: Pick<Terminal, 'secrets'>,
  sources: SecretSources,
  settings?: SettingsFile,
): readonly string[] {
  const found = [...findSecrets({...sources, mavenSettings: settings?.text}), ...(settings?.secrets ?? [])];
  for (const secret of found) secrets.add(secret);
  return [...new Set(found)];
}

/** A session for these builds. */
export function openSessionFor(terminal: Terminal, rows: readonly BuildRow[]): Promise<Session> {
  return openSession(terminal, rows[0]?.options ?? {});
}

/** As much of a request as a look at this host needs, where something else of it is wrong. */
export function readHostRequest(rows: readonly BuildRow[], cwd: string): BuildRequest | undefined {
  const {provider, box, boxChecksum, output} = rows[0]?.options ?? {};
  const named = Object.entries({provider, box, boxChecksum, output}).filter(
    ([, value]) => value !== undefined,
  );
  try {
    return readRequest({...Object.fromEntries(named), cdh: ['latest']}, cwd);
  } catch {
    return undefined; // That very part of it is wrong.
  }
}
