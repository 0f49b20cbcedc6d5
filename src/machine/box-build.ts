// Builds a box with its recipe and gives it to Vagrant. Locked, so that two copies of the tool build it once.
import {mkdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from '../core/schema.ts';
import type {Clock} from '../core/clock.ts';
import {BuildError, HostError, UsageError} from '../core/errors.ts';
import {CommandError, lastLines, type CommandResult} from '../core/exec.ts';
import {withLock} from '../core/lock.ts';
import {runVagrant} from './vagrant-command.ts';
import type {Box} from './box-catalogue.ts';
import {
  boxFolder,
  findAdded,
  hashRecipe,
  planBoxLock,
  readAddedMtimeMs,
  readBoxState,
  readBuiltBox,
  writeBuiltBox,
  type BoxTools,
  type BuiltBox,
} from './boxes.ts';

export interface BoxBuildTools extends BoxTools {
  readonly clock: Clock;
}

export interface BoxBuildOptions {
  /** Builds and adds it although nothing changed. */
  readonly isForced?: boolean;
  /** Address of a Debian archive, where the host's own apt sources name none. */
  readonly mirror?: string | undefined;
  /** Gives Vagrant one that was built before, or nothing. */
  readonly isOffline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What it does now, such as `packages: 17 and what they need`. */
  readonly onPhase?: (phase: string) => void;
  /** Told once when another copy of the tool builds it already. */
  readonly announce?: (line: string) => void;
}

export interface BoxBuildResult {
  readonly status: 'up-to-date' | 'added' | 'built';
  readonly box: BuiltBox;
}

/** What the recipe writes beside the box. */
const outputSchema = z.object({
  name: z.string(),
  provider: z.string(),
  builtAt: z.string(),
  sha256: z.string(),
  size: z.number(),
  packages: z.record(z.string(), z.string()),
});

/** Idempotent. @throws HostError, UsageError or BuildError with the recipe's own words. */
export async function buildBox(
  tools: BoxBuildTools,
  box: Box,
  options: BoxBuildOptions = {},
): Promise<BoxBuildResult> {
  if (box.recipe === undefined) {
    throw new UsageError(
      `The box ${box.reference.name} is not built here; Vagrant downloads it when it is needed.`,
      'Type: build-spark box ls',
    );
  }
  await mkdir(tools.paths.boxes, {recursive: true});
  return withLock(planBoxLock(tools.paths, box), tools, () => buildLocked(tools, box, options), {
    signal: options.signal,
    doing: `builds the box ${box.reference.name}`,
    announce: options.announce,
  });
}

async function buildLocked(
  tools: BoxBuildTools,
  box: Box,
  options: BoxBuildOptions,
): Promise<BoxBuildResult> {
  const isForced = options.isForced === true;
  const known = await readBuiltBox(tools, box);
  if (!isForced && known !== undefined && (await readBoxState(tools, box)) === 'ready')
    return {status: 'up-to-date', box: known};
  const folder = boxFolder(tools, box);
  const {isBuilt, built} = await makeFile(tools, box, options);
  options.onPhase?.('vagrant box add');
  const {name} = box.reference;
  const args = ['box', 'add', '--force', '--name', name, '--provider', box.provider, boxFile(folder)];
  await runVagrant(tools, undefined, args, {
    timeoutMs: 600_000,
    signal: options.signal,
  });
  const added = await findAdded(tools, box);
  const addedMtimeMs = added === undefined ? undefined : await readAddedMtimeMs(added);
  if (addedMtimeMs === undefined)
    throw new BuildError(`Vagrant added the box ${name}, but no longer lists it.`, 'Type: vagrant box list');
  const result = {...built, addedMtimeMs};
  await writeBuiltBox(tools, box, result);
  return {status: isBuilt ? 'added' : 'built', box: result};
}

interface MadeFile {
  readonly built: BuiltBox;
  /** It was there already. */
  readonly isBuilt: boolean;
}

/** The caller holds the box's lock, and gives the file to Vagrant. */
async function makeFile(tools: BoxBuildTools, box: Box, options: BoxBuildOptions): Promise<MadeFile> {
  const known = await readBuiltBox(tools, box);
  const isCurrent = options.isForced !== true && known?.recipeHash === (await hashRecipe(box));
  if (isCurrent && (await isWhole(boxFolder(tools, box), known))) return {built: known, isBuilt: true};
  if (options.isOffline === true)
    throw new HostError(
      `The box ${box.reference.name} is not on this host, and --offline builds none.`,
      'Type: build-spark bundle use <file>',
    );
  const built = await runRecipe(tools, box, options);
  await writeBuiltBox(tools, box, built); // Before Vagrant gets it: killed now, the next run only adds it.
  return {built, isBuilt: false};
}

/** @returns The file of the box that the recipe starts from, made if need be; Vagrant need not have it. */
async function makeFrom(tools: BoxBuildTools, from: Box, options: BoxBuildOptions): Promise<string> {
  const make = (): Promise<MadeFile> => makeFile(tools, from, {...options, isForced: false});
  await withLock(planBoxLock(tools.paths, from), tools, make, {
    signal: options.signal,
    doing: `builds the box ${from.reference.name} of ${from.provider}`,
    announce: options.announce,
  });
  return boxFile(boxFolder(tools, from));
}

function boxFile(folder: string): string {
  return join(folder, 'debian.box');
}

/** Whether the pair that the recipe wrote is the one we recorded; the recipe renames the box first, then its JSON. */
async function isWhole(folder: string, known: BuiltBox): Promise<boolean> {
  const output = await readOutput(folder).catch(() => undefined);
  const {size} = await stat(boxFile(folder)).catch(() => ({size: -1}));
  return output?.sha256 === known.sha256 && size === known.size;
}

async function readOutput(folder: string): Promise<z.infer<typeof outputSchema>> {
  return outputSchema.parse(JSON.parse(await readFile(join(folder, 'debian.json'), 'utf8')));
}

async function runRecipe(tools: BoxBuildTools, box: Box, options: BoxBuildOptions): Promise<BuiltBox> {
  const {recipe = '', from, provider} = box;
  const recipeHash = await hashRecipe(box);
  const folder = boxFolder(tools, box);
  await mkdir(folder, {recursive: true});
  const mirror = options.mirror === undefined ? [] : ['--mirror', options.mirror];
  const input =
    from === undefined ? mirror : ['--provider', provider, '--from', await makeFrom(tools, from, options)];
  try {
    await tools.exec(['bash', recipe, '--output', folder, '--cache', tools.paths.boxes, ...input], {
      stopSignal: 'SIGTERM',
      stopGraceMs: 30_000, // It unmounts and deletes what it began.
      signal: options.signal,
      onLine: (line, stream) => {
        const [kind, name, detail] = line.split('\t');
        if (stream === 'stdout' && kind === 'phase') options.onPhase?.(`${name ?? ''}: ${detail ?? ''}`);
      },
    });
  } catch (error) {
    throw error instanceof CommandError ? describeRecipeFailure(error.result, folder) : error;
  }
  return {formatVersion: 1, ...(await readOutput(folder)), recipeHash};
}

/** The recipe ends with `error: …` and `hint: …`, and exit code 4 when the host is at fault. */
function describeRecipeFailure({exitCode, stderr}: CommandResult, folder: string): Error {
  const error = /^error: (.*)$/m.exec(stderr)?.[1] ?? lastLines(stderr, 3);
  const hint = /^hint: (.*)$/m.exec(stderr)?.[1] ?? `Read ${join(folder, 'debian.log')}`;
  const message = `The box could not be built: ${error}.`;
  if (exitCode === 4) return new HostError(message, `${hint}.`);
  if (exitCode === 2) return new UsageError(message, `${hint}.`);
  return new BuildError(message, `${hint}.`);
}
