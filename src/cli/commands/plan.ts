// `plan`: everything decided and printed; nothing booted, nothing written but the mirror of the source.
import {join} from 'node:path';
import {describeEdit} from '../../maven/edits.ts';
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {Paths} from '../../core/paths.ts';
import {createRedactor} from '../../core/redact.ts';
import {redactDeep} from '../../distribution/manifest.ts';
import {quoteCommand} from '../../core/quote.ts';
import {planMavenHits} from '../../recipe/keep-artifacts.ts';
import {listModules} from '../../maven/module-store.ts';
import {planBuildOptions} from '../../maven/maven-options.ts';
import {findUnsupported} from '../../recipe/build-plan.ts';
import {planSteps} from '../../recipe/recipe.ts';
import {readPatch} from '../../source/patches.ts';
import type {TargetState} from '../../distribution/publish.ts';
import {readBatch} from '../../batch/batch-options.ts';
import {renderSize} from '../../core/text.ts';
import {openSessionFor} from '../../batch/arguments.ts';
import {runPreflight, type PlannedBuild, type Preflight} from '../../batch/preflight.ts';
import type {Invocation} from '../program.ts';
import type {BuildOptions, OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

/** @param words `plan batch.yaml`, or `plan` put before what would be typed: `plan batch batch.yaml`. */
export async function run(
  terminal: Terminal,
  options: BuildOptions & OutputOptions,
  words: readonly string[],
  {typed}: Invocation,
): Promise<ExitCode> {
  const [file, ...rest] = ['batch', 'build'].includes(words[0] ?? '') ? words.slice(1) : words;
  if (rest.length > 0 || (file === undefined && words[0] === 'batch'))
    throw new UsageError(
      'plan takes the options of a build, or one batch file.',
      'Type: build-spark plan batch <file>',
    );
  const requested =
    file === undefined
      ? {rows: [{options}], options}
      : await readBatch(file, {options, typed, cwd: terminal.cwd});
  const {jobs: wantedJobs} = requested.options;
  const session = await openSessionFor(terminal, requested.rows);
  const preflight = await runPreflight(session, requested.rows, {
    boots: false,
    onWait: (line) => terminal.stderr.write(`${line}\n`),
    ...(wantedJobs === undefined ? {} : {jobs: wantedJobs}),
  });
  const {builds, skipped, jobs, warnings, choices, secrets} = preflight;
  const redact = createRedactor(secrets);
  const describe = async (build: PlannedBuild): Promise<DescribedPlan> => ({
    ...(await describePlan(build, session.paths)),
    dependenciesReason: choices.get(build.plan.buildId)?.reason,
  });
  if (options.json === true) {
    const all = {builds: await Promise.all(builds.map(describe)), skipped, jobs: jobs.jobs, warnings};
    terminal.stdout.write(`${JSON.stringify(redactDeep(all, redact))}\n`);
    return exitCodes.done;
  }
  const texts = await Promise.all(
    builds.map(async (build) => renderPlan(build, preflight, await describe(build))),
  );
  terminal.stdout.write(redact(texts.join('\n')));
  for (const {tag, reason} of skipped) terminal.stdout.write(`skipped  ${tag}: ${reason}\n`);
  for (const line of warnings) terminal.stdout.write(`warning  ${line}\n`);
  if (builds.length > 1) {
    const {reason = ''} = jobs;
    const atOnce = jobs.jobs === 1 ? 'one after the other' : `${jobs.jobs} machines at once`;
    terminal.stdout.write(`${builds.length} builds, ${atOnce}${reason === '' ? '' : ` (${reason})`}\n`);
  }
  return exitCodes.done;
}

interface DescribedPlan {
  readonly patches: readonly {readonly name: string; readonly sha256: string}[];
  /** Added to Maven's call that builds. */
  readonly mavenOptions: readonly string[];
  /** What would be sent of the Maven cache. */
  readonly mavenCache: {readonly files: number; readonly bytes: number; readonly set?: string | undefined};
  /** Whether compiled modules of another variant are there, or another variant of this run will want those of this one. */
  readonly sharedModules?: {readonly isThere: boolean; readonly keeps: boolean};
  readonly [key: string]: unknown;
}

async function describePlan(build: PlannedBuild, {maven, modules}: Paths): Promise<DescribedPlan> {
  const {plan, dependencyPlan, target} = build;
  const own = dependencyPlan.edits.map(describeEdit).map(({id, sha256}) => ({name: `edit:${id}`, sha256}));
  const given = await Promise.all(plan.patches.map(readPatch));
  const reason = findUnsupported(plan.facts, plan.features);
  const {name, keeps = false} = build.modules ?? {};
  const isThere = (await listModules(modules)).some((file) => file.name === name);
  return {
    ...plan,
    patches: [...own, ...given.map(({name, sha256}) => ({name, sha256}))],
    steps: planSteps({plan}).map(({name}) => name),
    target: describeTarget(target),
    mavenOptions: planBuildOptions(plan),
    mavenCache: await planMavenHits(maven, build),
    ...(isThere || keeps ? {sharedModules: {isThere, keeps}} : {}),
    ...(reason === undefined ? {} : {unsupported: reason}),
  };
}

interface DescribedTarget {
  /** As `build` would find it. */
  readonly status: 'missing' | 'up-to-date' | 'rebuild' | 'different';
  readonly reason?: string;
}

function describeTarget(target: TargetState): DescribedTarget {
  switch (target.status) {
    case 'free':
      return {status: 'missing'};
    case 'same':
      return {status: 'up-to-date'};
    case 'stale':
      return {status: 'rebuild', reason: `it ${target.reason}`};
    case 'different':
      return {status: 'different', reason: `it ${target.difference}`};
  }
}

function renderPlan(
  {plan, target}: PlannedBuild,
  {choices, host, source}: Preflight,
  {patches, mavenOptions, mavenCache, sharedModules}: DescribedPlan,
): string {
  const {memoryMib, cpus, provider, box} = plan.machine;
  const reason = findUnsupported(plan.facts, plan.features);
  const there = describeTarget(target);
  const kept = plan.undelete.kept.length === 0 ? 'none' : plan.undelete.kept.join(', ');
  const rows: readonly (readonly [string, string])[] = [
    ['source', `${source.name}, ${plan.tag}, commit ${plan.commit}`],
    ['dist', join(plan.output, plan.dist)],
    ['', there.reason === undefined ? there.status : `${there.status}: ${there.reason}`],
    ['features', plan.features.length === 0 ? 'none' : plan.features.join(', ')],
    ...(reason === undefined ? [] : [['cannot be built', reason] as const]),
    [
      'undelete',
      plan.undelete.status === 'nothing' ? 'nothing is to be undeleted' : `${plan.script} keeps ${kept}`,
    ],
    ['patches', patches.length === 0 ? 'none' : patches.map(({name}) => name).join(', ')],
    ['dependencies', choices.get(plan.buildId)?.reason ?? plan.dependencies],
    ['machine', `${provider}, box ${box.name}, ${memoryMib} MiB, ${cpus} cores`],
    ...(host?.reasons ?? []).map((text) => ['', `not ${text}`] as const),
    ['command', quoteCommand([`./${plan.script}`, ...plan.arguments])],
    ['', `MAVEN_OPTS=${quoteCommand([plan.mavenOpts])}`],
    ...(mavenOptions.length === 0 ? [] : [['', `Maven builds with ${quoteCommand(mavenOptions)}`] as const]),
    [
      'Maven cache',
      mavenCache.files === 0
        ? 'nothing of it fits'
        : `${mavenCache.files} files (${renderSize(mavenCache.bytes)}) of ${mavenCache.set ?? ''}`,
    ],
    ...(sharedModules === undefined
      ? []
      : [
          [
            'modules',
            sharedModules.isThere
              ? 'compiled by an earlier build as far as they are the same'
              : 'shared with other variants of this release: the first one compiles them',
          ] as const,
        ]),
    [
      'steps',
      planSteps({plan})
        .map(({name}) => name)
        .join(' → '),
    ],
  ];
  return `${plan.buildId}\n${rows.map(([name, text]) => `  ${name.padEnd(15)} ${text}`).join('\n')}\n`;
}
