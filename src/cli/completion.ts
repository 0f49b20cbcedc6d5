// What a shell may offer for the word at the cursor, from the table of options and the commands. Pure; knows no shell.
import type {CompletionWords} from '../batch/completion-words.ts';
import {buildRows, featureNames, providers, type OptionRow} from '../recipe/option-table.ts';
import {commandRows, limitRows, outputRows} from './command-options.ts';
import {examples} from './examples.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

const building = new Set(['build', 'batch', 'plan', 'source']);
const actions: Readonly<Record<string, readonly string[]>> = {
  cache: ['ls', 'prune'],
  box: ['ls', 'build', 'prune'],
  completion: shells,
};

/** @param words After `build-spark`; the last is the one at the cursor, and may be empty. @returns None: a file may do. */
export async function findCandidates(
  words: readonly string[],
  known: CompletionWords,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const command = words.slice(0, -1).find((word) => word in examples);
  const all = await listCandidates(command, words.at(-2) ?? '', words.length, current, known);
  return all.filter((one) => one.startsWith(current));
}

async function listCandidates(
  command: string | undefined,
  previous: string,
  length: number,
  current: string,
  known: CompletionWords,
): Promise<readonly string[]> {
  const rows = listRows(command ?? 'build');
  const row = rows.find(({name, short}) => [`--${name}`, `-${short ?? name}`].includes(previous));
  if (row?.value !== undefined) return listValues(row, known);
  if (current.startsWith('-')) return [...rows.map(({name}) => `--${name}`), '--help'];
  if (command === undefined) return length === 1 ? Object.keys(examples) : [];
  if (['ssh', 'logs', 'fetch'].includes(command)) return known.buildIds();
  return actions[command] ?? [];
}

function listRows(command: string): readonly OptionRow[] {
  if (building.has(command)) return [...buildRows, ...outputRows, ...limitRows];
  const own = new Map<string, readonly OptionRow[]>(Object.entries(commandRows)).get(command);
  return [...(own ?? []), ...outputRows];
}

async function listValues({name, choices}: OptionRow, known: CompletionWords): Promise<readonly string[]> {
  if (choices !== undefined) return choices;
  if (name === 'cdh') return ['latest', ...(await known.cdh())];
  if (name === 'spark2') return ['latest', ...(await known.spark2())];
  if (name === 'provider') return providers;
  return name === 'with' ? [...featureNames, featureNames.join(','), 'none'] : [];
}
