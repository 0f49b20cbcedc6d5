// `report --live`: joins where events come from, the page and the server, until the operator ends it.
import {createFolderFeed, type EventFeed} from '../runs/event-feed.ts';
import {readAssets, renderPolicy} from '../page/document.ts';
import {createLivePage, type LivePageOptions} from './live-page.ts';
import {startLiveServer} from './live-server.ts';
import {findRuns} from './page-data.ts';
import {renderAllParts} from './render-page.ts';
import {renderPage} from './write-report.ts';

export interface ServeOptions extends LivePageOptions {
  /** Of kept runs. */
  readonly folder: string;
  /** In its place: another source of events, such as a queue. */
  readonly feed?: EventFeed | undefined;
  /** 0: any that is free. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** @param ticket The same page by an address that works once: what a program's arguments show to other users is worth nothing then. */
  readonly onListening: (url: string, ticket: string) => void;
}

/** As often as eyes can follow, whatever the number of events. */
const leastMs = 500;
/** What runs takes longer and longer also while nothing is said of it. */
const clockMs = 10_000;

/** @throws UsageError when there is no such run. */
export async function serveReport({
  folder,
  port,
  signal,
  onListening,
  feed = createFolderFeed(folder),
  ...options
}: ServeOptions): Promise<void> {
  const run = options.run === undefined ? undefined : (await findRuns({runs: folder, run: options.run})).id;
  const page = createLivePage({...options, run});
  const assets = await readAssets();
  const server = await startLiveServer({
    port,
    policy: renderPolicy(assets, true),
    renderPage: async () => renderPage(await page.read(), assets, true),
    renderAll: async () => JSON.stringify(renderAllParts(await page.read())),
  });
  let timer: NodeJS.Timeout | undefined;
  const tell = async (): Promise<void> => {
    timer = undefined;
    if (server.listeners() === 0) return;
    const change = await page.findChange();
    if (change !== undefined) server.send(JSON.stringify(change));
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => void tell().catch(() => undefined), leastMs);
  };
  const clock = setInterval(() => {
    if (page.isRunning()) schedule();
  }, clockMs);
  onListening(server.url, server.makeTicket());
  try {
    await feed.follow((events) => {
      page.add(events);
      schedule();
    }, signal);
  } finally {
    clearTimeout(timer);
    clearInterval(clock);
    await server.close();
  }
}
