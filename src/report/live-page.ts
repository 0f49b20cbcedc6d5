// The page of runs that go on: takes in events, and tells of what changed in the page since it last told. Knows no network.
import type {Event} from '../core/events.ts';
import {addEvent, createRunModel, type RunModel} from '../runs/run-model.ts';
import {createDistReader, planPageData, type PageData} from './page-data.ts';
import {renderCards, renderSections, renderTitle} from './render-page.ts';

interface Part {
  readonly id: string;
  readonly text: string;
}

interface Change {
  readonly title: string;
  readonly parts: readonly Part[];
}

export interface LivePage {
  readonly add: (events: readonly Event[]) => void;
  /** The page as it is now. */
  readonly read: () => Promise<PageData>;
  /** What changed since the last call, to replace by id; undefined where nothing did. */
  readonly findChange: () => Promise<Change | undefined>;
  readonly isRunning: () => boolean;
}

export interface LivePageOptions {
  readonly logs: string;
  readonly now: () => Date;
  /** Only this run. */
  readonly run?: string | undefined;
}

export function createLivePage({logs, now, run}: LivePageOptions): LivePage {
  const models = new Map<string, RunModel>();
  let sent = new Map<string, string>();
  const readDist = createDistReader();
  const read = async (): Promise<PageData> => {
    const all = [...models.values()]
      .filter(({builds}) => builds.size > 0)
      .sort((a, b) => b.startMs - a.startMs);
    const at = run === undefined ? 0 : all.findIndex(({runId}) => runId === run);
    const from = at === -1 ? [] : all.slice(at);
    return planPageData(from, run === undefined ? from.length : 1, {logs, now: now()}, readDist);
  };
  return {
    read,
    add: (events) => {
      for (const event of events) {
        const model = models.get(event.runId) ?? createRunModel(event.runId);
        models.set(event.runId, model);
        addEvent(model, event);
      }
    },
    findChange: async () => {
      const data = await read();
      const current = new Map<string, string>();
      const cards = renderCards(data);
      for (const {id, content} of [...renderSections(data), ...cards]) current.set(id, content.text);
      const changed = [...current].filter(([id, text]) => sent.get(id) !== text).map(([id]) => id);
      const hasNewCards = cards.some(({id}) => !sent.has(id)) || findOrder(sent) !== findOrder(current);
      sent = current;
      // Of the list of builds either the whole, where one is new or has another place, or those that changed.
      const wanted = changed.filter((id) => (hasNewCards ? !isCard(id) : id !== listId));
      if (wanted.length === 0) return undefined;
      return {
        title: renderTitle(data),
        parts: wanted.map((id) => ({id, text: current.get(id) ?? ''})),
      };
    },
    isRunning: () => [...models.values()].some(({endMs}) => endMs === undefined),
  };
}

const listId = 'builds-part';
const isCard = (id: string): boolean => id.startsWith('b-');
const findOrder = (parts: ReadonlyMap<string, string>): string => [...parts.keys()].filter(isCard).join();
