// Builds a dist once more from what its manifest says, and holds the two against each other.
import {join, resolve} from 'node:path';
import {exitCodes, UsageError, type ExitCode} from '../core/errors.ts';
import type {Terminal} from '../core/terminal.ts';
import {readManifest, type Manifest} from '../distribution/manifest.ts';
import {compareBuilds, type Reproduction} from '../proof/reproduction.ts';
import type {BuildOptions, OutputOptions} from './build-options.ts';
import {runRows, type RunSurroundings} from './run.ts';

export {renderReproduction} from '../proof/reproduction.ts';

/** What an operator may say besides: where the source and the patches are now, which machine, which network. */
export type ReproduceOptions = BuildOptions & OutputOptions;

export type Reproduced =
  | {readonly status: 'compared'; readonly reproduction: Reproduction}
  /** The build did not come to its end; it said why. */
  | {readonly status: 'not-built'; readonly exitCode: ExitCode};

/** Where the second one goes, below the folder of the operator; it stays. */
const folderName = 'reproduced';

/** @throws UsageError when the dist has no manifest, or does not say enough. */
export async function reproduceDist(
  terminal: Terminal,
  options: ReproduceOptions,
  named: string,
  surroundings: RunSurroundings,
): Promise<Reproduced> {
  const dist = resolve(terminal.cwd, named);
  const manifest = await readManifest(dist);
  const asked = planRepetition(manifest, options);
  const output = resolve(terminal.cwd, asked.output ?? folderName);
  if (join(output, renderName(dist)) === dist)
    throw new UsageError(
      `${dist} would be replaced by its repetition.`,
      'Name another folder: --output <folder>',
    );
  const rows = [{options: {...asked, output}}];
  // The events of a build would stand among the one answer that --json asks for.
  const exitCode = await runRows(
    {...terminal, stdout: terminal.stderr},
    {...options, json: false},
    () => Promise.resolve({rows, options: {...asked, output}}),
    surroundings,
  );
  if (exitCode !== exitCodes.done) return {status: 'not-built', exitCode};
  const again = join(output, renderName(dist));
  const reproduction = await compareBuilds(
    [dist, manifest],
    [again, await readManifest(again)],
    terminal.signal,
  );
  return {status: 'compared', reproduction};
}

function renderName(dist: string): string {
  return dist.slice(dist.lastIndexOf('/') + 1);
}

/** Pure. The options of the build that made it, and the operator's own of machine and network. */
export function planRepetition(manifest: Manifest, options: ReproduceOptions): BuildOptions {
  const own = manifest.patches.filter(({name}) => !name.startsWith('edit:'));
  const given = options.patch ?? [];
  if (own.length > 0 && given.length !== own.length)
    throw new UsageError(
      `It was built with ${own.length === 1 ? 'a patch' : `${own.length} patches`} of your own, of which the manifest has only the checksums: ${own.map(({name}) => name).join(', ')}.`,
      'Name them, in this order: --patch <file>',
    );
  const {source, tag, features, deps, dependencies, label, asked} = manifest;
  return {
    ...options,
    ref: tag,
    source: options.source ?? source,
    with: [...features],
    deps,
    dependencies: dependencies === 'none' ? 'auto' : dependencies,
    profile: asked?.profiles ?? findProfiles(manifest.arguments),
    define: asked?.defines ?? [],
    compileTests: asked?.compileTests ?? false,
    ...(label === undefined ? {} : {label}),
    reproducible: manifest.sourceDateEpoch !== undefined,
    forceUnsupported: manifest.forcedUnsupported,
    // What other builds compiled would prove nothing, and neither would a dist that is there already.
    force: true,
  };
}

/** Of a manifest that does not say which of them were asked for: to name those that come anyway changes nothing. */
function findProfiles(words: readonly string[]): readonly string[] {
  return words.flatMap((word) => (word.startsWith('-P') ? word.slice(2).split(',') : []));
}
