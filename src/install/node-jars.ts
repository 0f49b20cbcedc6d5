// The classes of Hive and Hadoop that a node has. Of its jars only the directories and the classes that are asked for come
// over: 8 MB instead of 46 with Apache's jars, and nothing to keep here.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setImmediate} from 'node:timers/promises';
import {BuildError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {indexClasses, type ClassIndex} from '../linking/class-index.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {SparkPlace} from '../distribution/spark-place.ts';
import type {InstallRequest} from './node-settings.ts';

/** @returns undefined when the node has no such jar that can be read. */
export async function indexNodeJars(
  host: RemoteHost,
  {parcels}: InstallRequest,
  {conf}: SparkPlace,
  sparkHome: string,
  signal: AbortSignal,
): Promise<ClassIndex | undefined> {
  const script = await readFile(join(projectRoot, 'data/node/jars.sh'), 'utf8');
  const {stdout} = await host.run(['sh', '-s', '--', parcels, sparkHome, conf], {
    asRoot: true,
    input: script,
    signal,
    timeoutMs: 60_000,
  });
  const read = createRangeReader(host, signal);
  const jars = stdout.split('\n').flatMap((line) => {
    const [size, path] = line.split('\t');
    if (size === undefined || path === undefined) return [];
    return [
      {
        path,
        bytes: {size: Number(size), read: (offset: number, length: number) => read({path, offset, length})},
      },
    ];
  });
  return jars.length === 0 ? undefined : indexClasses(jars, new Map(), Infinity, signal);
}

interface Range {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

interface Waiting {
  readonly range: Range;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (reason: unknown) => void;
}

/** What goes over in one command. */
const batchBytes = 32 * 1024 * 1024;

/** Whatever is asked for while one command runs goes over in the next: a thousand classes in a handful of commands. */
function createRangeReader(host: RemoteHost, signal: AbortSignal): (range: Range) => Promise<Buffer> {
  const queue: Waiting[] = [];
  let isRunning = false;
  const takeBatch = (): readonly Waiting[] => {
    let total = 0;
    const end = queue.findIndex(({range}, index) => (total += range.length) > batchBytes && index > 0);
    return queue.splice(0, end === -1 ? queue.length : end);
  };
  const work = async (): Promise<void> => {
    await setImmediate(); // So that all who ask at once are together.
    for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
      try {
        const found = await readRanges(
          host,
          batch.map(({range}) => range),
          signal,
        );
        for (const [index, {resolve}] of batch.entries()) resolve(found[index] ?? Buffer.alloc(0));
      } catch (error) {
        for (const {reject} of batch) reject(error);
      }
      await setImmediate();
    }
    isRunning = false;
  };
  return (range) =>
    new Promise((resolve, reject) => {
      queue.push({range, resolve, reject});
      if (isRunning) return;
      isRunning = true;
      void work();
    });
}

/** GNU tail seeks in a file; head ends it. A dot ends each range, since base64 has none. */
const rangeScript =
  'while read -r first count path; do tail -c "+$first" -- "$path" | head -c "$count" | base64; echo .; done';

async function readRanges(
  host: RemoteHost,
  ranges: readonly Range[],
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  let lines: string[] = [];
  const {exitCode} = await host.run(['sh', '-c', rangeScript], {
    asRoot: true,
    allow: 'any',
    input: ranges.map(({path, offset, length}) => `${offset + 1} ${length} ${path}\n`).join(''),
    signal,
    timeoutMs: 300_000,
    onLine: (line, stream) => {
      if (stream !== 'stdout') return;
      if (line !== '.') lines.push(line);
      else {
        found.push(Buffer.from(lines.join(''), 'base64'));
        lines = [];
      }
    },
  });
  if (exitCode === 0 && found.length === ranges.length) return found;
  throw new BuildError(
    `On ${host.name}, the jars of Hive and Hadoop cannot be read.`,
    'Look at that host, then type the same command again.',
  );
}
