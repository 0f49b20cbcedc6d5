// A plan for people. Pure.
import {join} from 'node:path';
import type {DescribedPlan} from '../batch/describe-plan.ts';
import type {Preflight} from '../batch/preflight.ts';
import {quoteCommand} from '../core/quote.ts';
import {renderSize} from '../core/text.ts';
import {renderTable} from '../core/table.ts';

/** @returns A block of lines. */
export function renderPlan(
  plan: DescribedPlan,
  {choices, host, source}: Pick<Preflight, 'choices' | 'host' | 'source'>,
): string {
  const {memoryMib, cpus, provider, box} = plan.machine;
  const {patches, mavenOptions, mavenCache, compiled, sharedModules, target, unsupported} = plan;
  const kept = plan.undelete.kept.length === 0 ? 'none' : plan.undelete.kept.join(', ');
  const rows: readonly (readonly [string, string])[] = [
    ['source', `${source.name}, ${plan.tag}, commit ${plan.commit}`],
    ['dist', join(plan.output, plan.dist)],
    ['', target.reason === undefined ? target.status : `${target.status}: ${target.reason}`],
    ['features', plan.features.length === 0 ? 'none' : plan.features.join(', ')],
    ...(unsupported === undefined ? [] : [['cannot be built', unsupported] as const]),
    [
      'undelete',
      plan.undelete.status === 'nothing' ? 'nothing is to be undeleted' : `${plan.script} keeps ${kept}`,
    ],
    ['patches', patches.length === 0 ? 'none' : patches.map(({name}) => name).join(', ')],
    ['dependencies', choices.get(plan.buildId)?.reason ?? plan.dependencies],
    ...compiled.map(
      ({version, repository, tag, commit, isThere}) =>
        [
          '',
          `${version} of ${repository}, ${tag}, commit ${commit}: ${isThere ? 'an earlier build has compiled it' : 'is compiled first'}`,
        ] as const,
    ),
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
    ['steps', plan.steps.join(' → ')],
  ];
  const lines = renderTable(rows, {gap: 1, least: [15]});
  return `${[plan.buildId, ...lines.map((line) => `  ${line}`)].join('\n')}\n`;
}
