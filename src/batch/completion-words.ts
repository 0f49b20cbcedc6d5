// What a shell may offer that only this host or the catalogue knows: releases, ids of builds. Never throws.
import {readdir} from 'node:fs/promises';
import {readCatalogue} from '../catalogue/release-list.ts';
import {planPaths} from '../core/paths.ts';
import type {Terminal} from '../core/terminal.ts';

export interface CompletionWords {
  readonly cdh: () => Promise<readonly string[]>;
  readonly spark2: () => Promise<readonly string[]>;
  readonly buildIds: () => Promise<readonly string[]>;
}

export function findCompletionWords({env, home}: Pick<Terminal, 'env' | 'home'>): CompletionWords {
  const {logs} = planPaths(env, home);
  const listTags = async (pattern: RegExp): Promise<readonly string[]> =>
    (await readCatalogue()).flatMap(({tag}) => pattern.exec(tag)?.[1] ?? []);
  return {
    cdh: async () => ['latest', ...(await listTags(/^cdh(\d[\d.]*)-release$/))],
    spark2: async () => ['latest', ...(await listTags(/^spark2-(.+)$/))],
    buildIds: () => readdir(logs).catch(() => []),
  };
}
