// What every bench shares: results that survive an interruption, medians, ratios, tables. Knows nothing of what is measured.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {dirname, resolve} from 'node:path';
import process from 'node:process';
import {fileURLToPath, URL} from 'node:url';

const commit = () =>
  execFileSync('git', ['-C', fileURLToPath(new URL('..', import.meta.url)), 'rev-parse', '--short', 'HEAD'], {
    encoding: 'utf8',
  }).trim();

/**
 * @param file JSON, written anew after each result; absent: results live as long as this process.
 * @returns `measure(key, work)` runs `work` unless the file has a result of that key. `work` gives {ms, ...}.
 */
export function openResults(file) {
  const results = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const save = () => {
    if (file === undefined) return;
    mkdirSync(dirname(resolve(file)), {recursive: true});
    writeFileSync(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
    renameSync(`${file}.new`, file);
  };
  return {
    results,
    measure: async (key, work) => {
      if (results[key] !== undefined) return results[key];
      const before = loadavg()[0];
      const result = await work();
      results[key] = {
        ...result,
        load: [before, loadavg()[0]],
        at: new Date().toISOString(),
        commit: commit(),
      };
      save();
      process.stderr.write(`${key}: ${renderSeconds(result.ms)}\n`);
      return results[key];
    },
    /** @returns what has the keys `<round>/<name>`, by round. */
    rounds: (name) =>
      Object.entries(results)
        .filter(([key]) => key.slice(key.indexOf('/') + 1) === name)
        .map(([, result]) => result),
  };
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median of the ratios of each round: what else the host did in a round slowed both. */
export function renderRatio(results, others) {
  const ratios = results.flatMap(({ms}, index) => (others[index] === undefined ? [] : ms / others[index].ms));
  return ratios.length === 0 ? '' : median(ratios).toFixed(2);
}

export function renderMedian(results, pick = ({ms}) => ms) {
  return results.length === 0 ? '' : renderSeconds(median(results.map(pick)));
}

export function renderSeconds(ms) {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Cells: what it is, its ratio to the others round by round, its median, how often it was measured. */
export function renderRow(text, results, others) {
  return [text, renderRatio(results, others), renderMedian(results), results.length];
}

/** Markdown. */
export function printTable(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  process.stdout.write(`\n${lines.join('\n')}\n`);
}

/** Under each table: how loaded the host was, and what was measured. */
export function printConditions(results) {
  const all = Object.values(results);
  const loads = all.flatMap(({load}) => load);
  const commits = [...new Set(all.map((result) => result.commit))].join(', ');
  const range = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1)).join(' to ');
  const times = all.map(({at}) => at).sort();
  process.stdout.write(
    `\nLoad of the host (1 minute) ${range}; ${times[0]} to ${times.at(-1)}; commit ${commits}.\n`,
  );
}
