// Hands out the catalogue: the facts of every release tag of github.com/cloudera/spark, and of no other source.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import type {RefFacts} from './ref-facts.ts';

/** @returns Oldest first: the lines of CDH, then those of Spark 2. Made and checked by test/real/all-tags.mjs. */
export async function readCatalogue(): Promise<readonly RefFacts[]> {
  const text = await readFile(join(projectRoot, 'data/releases.json'), 'utf8');
  return JSON.parse(text) as readonly RefFacts[];
}
