// What a shell may offer for the word at the cursor, from the table of options and the commands: as a table that a script
// can hold, and as the answer for one line. Pure; knows no shell.
import type {CompletionWords} from '../batch/completion-words.ts';
import {buildRows, featureNames, providers, type OptionRow} from '../recipe/option-table.ts';
import {commandRows, limitRows, outputRows} from './command-options.ts';
import {examples} from './examples.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

const building = ['build', 'batch', 'plan', 'source'];
const actions: Readonly<Record<string, readonly string[]>> = {
  cache: ['ls', 'prune'],
  box: ['ls', 'build', 'prune'],
  completion: shells,
};

/** What only the catalogue or this host knows. */
type Asked = keyof CompletionWords;
/** None: a file may do. */
export type Offer = readonly string[] | Asked;

/** What may follow after one of these commands. */
export interface WordGroup {
  /** Empty: none was typed yet. */
  readonly commands: readonly string[];
  readonly values: readonly {readonly flags: readonly string[]; readonly offer: Offer}[];
  readonly options: readonly string[];
  readonly argument: Offer;
}

export const commandNames = Object.keys(examples);

export function planWords(): readonly WordGroup[] {
  const single = commandNames.filter((name) => !building.includes(name));
  return [[], building, ...single.map((name) => [name])].map((commands): WordGroup => {
    const [name = 'build'] = commands;
    const rows = listRows(name);
    return {
      commands,
      values: rows
        .filter(({value}) => value !== undefined)
        .map((row) => ({
          flags: [`--${row.name}`, ...(row.short === undefined ? [] : [`-${row.short}`])],
          offer: findValues(row),
        })),
      options: [...rows.map((row) => `--${row.name}`), '--help'],
      argument: commands.length === 0 ? commandNames : findArguments(name),
    };
  });
}

/** @param words After `build-spark`; the last is the one at the cursor, and may be empty. @returns None: a file may do. */
export async function findCandidates(
  words: readonly string[],
  known: CompletionWords,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const offer = findOffer(words.slice(0, -1), current);
  const all = typeof offer === 'string' ? await known[offer]() : offer;
  return all.filter((one) => one.startsWith(current));
}

function findOffer(before: readonly string[], current: string): Offer {
  const command = before.find((word) => commandNames.includes(word));
  const group = planWords().find(({commands}) =>
    command === undefined ? commands.length === 0 : commands.includes(command),
  );
  const value = group?.values.find(({flags}) => flags.includes(before.at(-1) ?? ''));
  if (group === undefined || value !== undefined) return value?.offer ?? [];
  if (current.startsWith('-')) return group.options;
  return command === undefined && before.length > 0 ? [] : group.argument;
}

function listRows(command: string): readonly OptionRow[] {
  if (building.includes(command)) return [...buildRows, ...outputRows, ...limitRows];
  const own = new Map<string, readonly OptionRow[]>(Object.entries(commandRows)).get(command);
  return [...(own ?? []), ...outputRows];
}

function findValues({name, choices}: OptionRow): Offer {
  if (choices !== undefined) return choices;
  if (name === 'cdh' || name === 'spark2') return name;
  if (name === 'provider') return providers;
  return name === 'with' ? [...featureNames, featureNames.join(','), 'none'] : [];
}

function findArguments(command: string): Offer {
  if (['ssh', 'logs', 'fetch'].includes(command)) return 'buildIds';
  return actions[command] ?? [];
}
