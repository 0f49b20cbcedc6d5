// What a ref of any source is, and what is to be known of it. Builds nothing.
import {inspectRef} from '../catalogue/inspect-ref.ts';
import type {RefFacts} from '../catalogue/ref-facts.ts';
import {readCatalogue} from '../catalogue/release-list.ts';
import type {Terminal} from '../core/terminal.ts';
import {parseSource} from '../source/location.ts';
import {openMirror} from '../source/mirror.ts';
import {checkRef} from '../source/ref.ts';
import {describeLacks, findUncommitted} from '../source/warnings.ts';
import {catalogueSource} from './selection.ts';
import {openSession} from './session.ts';

export interface AskedRef {
  readonly ref: string;
  readonly source?: string | undefined;
  /** Asks the source again also for what is here already. */
  readonly refresh?: boolean | undefined;
  /** Opens no connection: what was not fetched before is not known. */
  readonly offline?: boolean | undefined;
}

export interface InspectedRef {
  readonly facts: RefFacts;
  readonly warnings: readonly string[];
}

/** What the catalogue knows of a tag of its own needs no network, and not even a copy of the source. */
export async function inspectSource(
  terminal: Terminal,
  {ref, source: text = catalogueSource, refresh = false, offline: isOffline}: AskedRef,
): Promise<InspectedRef> {
  const source = parseSource(text, terminal.cwd);
  checkRef(ref);
  const isKnown = ({tag, commit}: RefFacts): boolean => [tag, `refs/tags/${tag}`, commit].includes(ref);
  const row = source.name === catalogueSource && !refresh ? (await readCatalogue()).find(isKnown) : undefined;
  if (row !== undefined) return {facts: {...row, tag: ref}, warnings: []};
  const session = await openSession(terminal, {});
  const {signal} = terminal;
  const mirror = openMirror(source, session);
  const found = await mirror.resolve(ref, {
    ...{signal, refresh: refresh && isOffline !== true, mayBeOld: true, isLocal: isOffline, isOffline},
    onLine: session.announce,
  });
  const files = await mirror.open(found.commit, signal);
  const {tag, commit, note} = found;
  const facts = await inspectRef(files.read, {tag, commit});
  const lacks = describeLacks(`${tag} of ${source.name}`, files);
  const uncommitted = await findUncommitted(source, session.exec, signal);
  return {facts, warnings: [note, uncommitted, ...lacks].filter((line) => line !== undefined)};
}
