// `complete`, unlisted: the shells ask it at each press of the tab key. Says nothing rather than anything wrong.
import {readdir} from 'node:fs/promises';
import {readCatalogue} from '../../catalogue/release-list.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {planPaths} from '../../core/paths.ts';
import type {Terminal} from '../../core/terminal.ts';
import {findCandidates} from '../completion.ts';

export async function run(terminal: Terminal, _: unknown, words: readonly string[]): Promise<ExitCode> {
  const {logs} = planPaths(terminal.env, terminal.home);
  const listTags = async (pattern: RegExp): Promise<readonly string[]> =>
    (await readCatalogue()).flatMap(({tag}) => pattern.exec(tag)?.[1] ?? []);
  const found = await findCandidates(words, {
    cdh: () => listTags(/^cdh(\d[\d.]*)-release$/),
    spark2: () => listTags(/^spark2-(.+)$/),
    buildIds: () => readdir(logs).catch(() => []),
  });
  terminal.stdout.write(found.map((one) => `${one}\n`).join(''));
  return exitCodes.done;
}
