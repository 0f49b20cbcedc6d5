// A run whose machines are other hosts': all is decided that does not depend on a host, and nothing is asked of this one but
// its output folder.
import {projectRoot} from '../core/paths.ts';
import {throwInOrder} from '../core/problems.ts';
import {checkOutputFolder} from '../distribution/publish.ts';
import {readStandIn, type StandIn} from '../maven/stand-in.ts';
import type {BuildRequest} from '../recipe/build-request.ts';
import {readDomain} from '../recipe/trust-domain.ts';
import {readArguments} from './arguments.ts';
import type {BuildRow} from './build-options.ts';
import type {Draft, SkippedBuild} from './drafts.ts';
import {sortDrafts, type UpToDate, type Wanted} from './plan-run.ts';
import {decide, findMore} from './preflight.ts';
import type {Reported} from './report.ts';
import type {Session} from './session.ts';
import type {TargetTools} from './targets.ts';
import type {TargetState} from '../distribution/publish.ts';

/** What is to be built, and what is at the place of its dist. */
export interface WantedElsewhere extends Wanted {
  readonly target: TargetState;
}

export interface PlannedElsewhere extends Reported {
  /** Of the first row: output, key and where it is published are the same for all of a run. */
  readonly request: BuildRequest;
  readonly output: string;
  readonly standIn: StandIn;
  readonly targets: TargetTools;
  readonly wanted: readonly WantedElsewhere[];
  readonly builds: readonly Draft[];
  readonly upToDate: readonly UpToDate[];
  readonly skipped: readonly SkippedBuild[];
  readonly warnings: readonly string[];
}

/** @param rows At least one. @throws All that is wrong, what was typed first. */
export async function planElsewhere(
  session: Session,
  rows: readonly BuildRow[],
  onWait: (line: string) => void,
): Promise<PlannedElsewhere> {
  const args = await readArguments(rows, session.terminal);
  const standIn = await readStandIn(projectRoot);
  const options = {boots: true, onWait};
  if (args.problems.length > 0)
    throwInOrder([...args.problems, ...(await findMore(session, args, standIn, options))]);
  const decided = await decide(session, args, standIn, options);
  const {request, source, drafts, states, targets, secrets, skipped, warnings} = decided;
  const {missing, upToDate} = sortDrafts(drafts, states, true);
  if (missing.length > 0) await checkOutputFolder(request.output, session);
  return {
    request,
    output: request.output,
    ...{standIn, targets, upToDate, skipped, warnings, secrets},
    builds: missing,
    wanted: await Promise.all(
      missing.map(async (draft) => ({
        draft,
        domain: await readDomain(draft.plan, source),
        target: states.get(draft) ?? {status: 'free' as const},
      })),
    ),
    choices: new Map(drafts.map(({plan, choice}) => [plan.buildId, choice])),
  };
}
