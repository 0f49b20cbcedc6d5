// Before the end-to-end tests: the tool is compiled, and the sample is in a cache that all tests share, as runs of one user do.
import {execFile} from 'node:child_process';
import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {TestProject} from 'vitest/node';
import {launcher} from './paths.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly cache: string;
    /** The same before any test ran: what a scene copies, since others write in the cache meanwhile. */
    readonly freshCache: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cache = await mkdtemp(join(tmpdir(), 'build-spark-e2e-cache-'));
  const env = {
    ...process.env,
    XDG_CACHE_HOME: cache,
    XDG_STATE_HOME: cache,
    XDG_CONFIG_HOME: cache,
    HOME: cache,
  };
  const run = promisify(execFile);
  await run(launcher, ['--version'], {env});
  await run(launcher, ['inspect', '--source', 'sample', '--ref', 'cdh5.7.0-release'], {env});
  const freshCache = `${cache}-fresh`;
  await cp(cache, freshCache, {recursive: true});
  project.provide('cache', cache);
  project.provide('freshCache', freshCache);
  return async () => {
    for (const folder of [cache, freshCache]) await rm(folder, {recursive: true, force: true});
  };
}
