// Takes what the guest made into the output folder, and tries that way before anything is compiled. Knows nothing of
// what is in a dist.
import {hasErrorCode, isSystemError} from '../core/errors.ts';
import {ConnectionLostError} from '../core/ssh-errors.ts';
import {explainRefusal} from '../distribution/output-folder.ts';
import {createPartial, discardPartial} from '../distribution/publish.ts';
import {connect, throwWhenGone} from './guest-connection.ts';
import {followLines, guestHome, need, say, type BuildContext} from './build-context.ts';
import type {BuildPlan} from './build-plan.ts';
import {noteUnfetched} from './unfetched.ts';

/** The way that the dist will take, tried with one small file before anything is compiled. */
export async function tryFetch(context: BuildContext): Promise<void> {
  const {plan, tools, signal} = context;
  await intoOutput(plan, async () => {
    const partial = await createPartial(plan.output, plan.dist, tools);
    try {
      await need(context.guest, 'the guest').fetchFolder(`${guestHome}/maven/bin`, partial, {signal});
    } finally {
      await discardPartial(partial);
    }
  });
}

/** What the disk of the output refuses is the operator's to fix, not a bug of ours. */
export async function intoOutput(
  {output}: Pick<BuildPlan, 'output'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const isThere =
      hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ESTALE') ||
      error.path?.startsWith(output) === true;
    throw isThere ? await explainRefusal(output, error) : error;
  }
}

/** After a lost connection once more, with a new one. */
export async function fetchWholeDist(context: BuildContext): Promise<void> {
  await noteUnfetched(context);
  try {
    await fetchOnce(context);
  } catch (error) {
    if (!(error instanceof ConnectionLostError) || context.signal.aborted) throw error;
    await throwWhenGone(context);
    say(context, 'warn', `${error.message} Trying once more.`);
    await connect(context);
    await fetchOnce(context);
  }
}

async function fetchOnce(context: BuildContext): Promise<void> {
  const {plan, tools, signal} = context;
  if (context.partial !== undefined) await discardPartial(context.partial);
  await intoOutput(plan, async () => {
    context.partial = await createPartial(plan.output, plan.dist, tools);
    await need(context.guest, 'the guest').fetchFolder(`${guestHome}/spark/dist`, context.partial, {
      signal,
      onLine: followLines(context, 'Fetch dist'),
    });
  });
}
