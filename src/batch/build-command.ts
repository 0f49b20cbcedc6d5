// The command that makes one build of a run alone once more. Pure.
import {quoteCommand} from '../core/quote.ts';
import type {BuildPlan} from '../recipe/build-plan.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {selectionRows, type OptionRow} from '../recipe/option-table.ts';

const rows: readonly OptionRow[] = selectionRows;
const defaultSource = rows.find(({name}) => name === 'source')?.default;

type Planned = Pick<
  BuildPlan,
  'tag' | 'source' | 'facts' | 'features' | 'deps' | 'dependencies' | 'patches' | 'output' | 'label'
>;

type Asked = Pick<BuildRequest, 'profiles' | 'defines' | 'ref' | 'compileTests' | 'smoke' | 'force'> &
  Pick<BuildRequest, 'forceUnsupported'>;

/** Names what decides the dist; the machine and the network are this host's defaults or settings. */
export function renderBuildCommand(plan: Planned, request: Asked): string {
  const {features, deps, dependencies, patches, output, label, source} = plan;
  const flag = (name: string, isSet: boolean): readonly string[] => (isSet ? [`--${name}`] : []);
  const each = (name: string, values: readonly string[]): readonly string[] =>
    values.flatMap((value) => [name, value]);
  return quoteCommand([
    'build-spark',
    ...selectRef(plan, request),
    ...(source === defaultSource ? [] : ['--source', source]),
    ...['--with', features.length === 0 ? 'none' : features.join(','), '--deps', deps],
    ...(dependencies === 'none' ? [] : ['--dependencies', dependencies]),
    ...each('--patch', patches),
    ...each('-P', request.profiles),
    ...each('-D', request.defines),
    ...(label === undefined ? [] : ['--label', label]),
    ...flag('compile-tests', request.compileTests),
    ...flag('smoke', request.smoke),
    ...flag('force', request.force),
    ...flag('force-unsupported', request.forceUnsupported),
    ...['--output', output],
  ]);
}

function selectRef({tag, facts}: Planned, {ref}: Asked): readonly string[] {
  if (ref !== undefined) return ['--ref', ref];
  if (/^cdh.+-release$/.test(tag) && facts.cdhVersion !== undefined) return ['--cdh', facts.cdhVersion];
  const spark2 = /^spark2-(.+)$/.exec(tag)?.[1];
  return spark2 === undefined ? ['--ref', tag] : ['--spark2', spark2];
}
