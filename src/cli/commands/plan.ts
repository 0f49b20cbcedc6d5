// `plan`: everything decided and printed; nothing booted, nothing written but the mirror of the source.
import {join} from 'node:path';
import {describeEdit} from '../../dependencies/edits.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {quoteCommand} from '../../core/quote.ts';
import type {BuildInputs} from '../../build/context.ts';
import {findUnsupported} from '../../build/plan.ts';
import {planSteps} from '../../build/recipe.ts';
import {readPatch} from '../../source/patches.ts';
import {runPreflight, type Preflight} from '../preflight.ts';
import type {BuildOptions, OutputOptions} from '../options.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

export async function run(terminal: Terminal, options: BuildOptions & OutputOptions): Promise<ExitCode> {
  const session = await openSession(terminal);
  const preflight = await runPreflight(session, options, {
    boots: false,
    onWait: (line) => terminal.stderr.write(`${line}\n`),
  });
  const {builds, skipped} = preflight;
  if (options.json === true) {
    terminal.stdout.write(
      `${JSON.stringify({builds: await Promise.all(builds.map(describePlan)), skipped})}\n`,
    );
    return exitCodes.done;
  }
  const texts = await Promise.all(
    builds.map(async (build) => renderPlan(build, preflight, await describePlan(build))),
  );
  terminal.stdout.write(texts.join('\n'));
  for (const {tag, reason} of skipped) terminal.stdout.write(`skipped  ${tag}: ${reason}\n`);
  return exitCodes.done;
}

interface DescribedPlan {
  readonly patches: readonly {readonly name: string; readonly sha256: string}[];
  readonly [key: string]: unknown;
}

async function describePlan({plan, dependencyPlan}: BuildInputs): Promise<DescribedPlan> {
  const own = dependencyPlan.edits.map(describeEdit).map(({id, sha256}) => ({name: `edit:${id}`, sha256}));
  const given = await Promise.all(plan.patches.map(readPatch));
  const reason = findUnsupported(plan.facts, plan.features);
  return {
    ...plan,
    patches: [...own, ...given.map(({name, sha256}) => ({name, sha256}))],
    steps: planSteps({plan}).map(({name}) => name),
    ...(reason === undefined ? {} : {unsupported: reason}),
  };
}

function renderPlan(
  {plan}: BuildInputs,
  {choices, host, source}: Preflight,
  {patches}: DescribedPlan,
): string {
  const {memoryMib, cpus, provider, box} = plan.machine;
  const reason = findUnsupported(plan.facts, plan.features);
  const kept = plan.undelete.kept.length === 0 ? 'none' : plan.undelete.kept.join(', ');
  const rows: readonly (readonly [string, string])[] = [
    ['source', `${source.name}, ${plan.tag}, commit ${plan.commit}`],
    ['dist', join(plan.output, plan.dist)],
    ['features', plan.features.length === 0 ? 'none' : plan.features.join(', ')],
    ...(reason === undefined ? [] : [['cannot be built', reason] as const]),
    [
      'undelete',
      plan.undelete.status === 'nothing' ? 'nothing is to be undeleted' : `${plan.script} keeps ${kept}`,
    ],
    ['patches', patches.length === 0 ? 'none' : patches.map(({name}) => name).join(', ')],
    ['dependencies', choices.get(plan.buildId)?.reason ?? plan.dependencies],
    ['machine', `${provider}, box ${box.name}, ${memoryMib} MiB, ${cpus} cores`],
    ...host.reasons.map((text) => ['', `not ${text}`] as const),
    ['command', quoteCommand([`./${plan.script}`, ...plan.arguments])],
    ['', `MAVEN_OPTS=${quoteCommand([plan.mavenOpts])}`],
    [
      'steps',
      planSteps({plan})
        .map(({name}) => name)
        .join(' → '),
    ],
  ];
  return `${plan.buildId}\n${rows.map(([name, text]) => `  ${name.padEnd(15)} ${text}`).join('\n')}\n`;
}
