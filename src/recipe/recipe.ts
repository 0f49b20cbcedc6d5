// One build, read top to bottom: the steps from a ref to a dist. Each has a cleanup where it leaves something behind.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {describeError, isAbortError} from '../core/errors.ts';
import {CommandError} from '../core/exec.ts';
import {ConnectionLostError} from '../core/ssh-errors.ts';
import type {Step} from '../core/steps.ts';
import {orStopped} from '../core/stop.ts';
import {discardPartial} from '../distribution/publish.ts';
import {prepareSource} from '../source/prepare.ts';
import {followLines, guestHome, need, orWarn, say, sayCache, type BuildContext} from './build-context.ts';
import {connect, throwWhenGone} from './guest-connection.ts';
import {fetchWholeDist, intoOutput, tryFetch} from './fetch-step.ts';
import {sendHome, stageHome} from './guest-home.ts';
import {keepArtifacts} from './keep-artifacts.ts';
import {keepNewModules} from './share-modules.ts';
import {publishDist} from './publish-step.ts';
import {readRoom} from './watch-host.ts';
import {fetchLogs, installDependencies, makeDistribution, runSmoke} from './guest-steps.ts';

type BuildStep = Step<BuildContext>;

export const destroyStepName = 'Destroy machine';
export const openStepName = 'Open machine';

const prepare: BuildStep = {
  name: 'Prepare source',
  async run(context) {
    const {plan, tools, source, dependencyPlan, signal} = context;
    context.prepared = await prepareSource(tools, {
      source,
      commit: plan.commit,
      script: plan.script,
      features: plan.features,
      edits: dependencyPlan.edits,
      patches: plan.patches,
      signal,
    });
    context.home = await stageHome(context);
  },
  async cleanup({prepared}) {
    await prepared?.discard();
  },
};

/** Makes the guest's home again: a machine that failed to boot took it along. */
async function prepareAgain(context: BuildContext): Promise<void> {
  await context.prepared?.discard();
  await prepare.run(context);
}

const boot: BuildStep = {
  name: 'Boot machine',
  async run(context) {
    try {
      await bootOnce(context);
    } catch (error) {
      if (context.signal.aborted || isAbortError(error)) throw error;
      context.tools.emit({
        type: 'log.line',
        buildId: context.plan.buildId,
        level: 'warn',
        line: `The machine did not boot; trying once more with a new one. ${String(error)}`,
      });
      await destroyMachine(context, AbortSignal.timeout(240_000));
      if (context.home !== undefined && !existsSync(context.home)) await prepareAgain(context);
      await bootOnce(context);
    }
  },
  cleanupName: destroyStepName,
  cleanup: destroyMachine,
};

async function bootOnce(context: BuildContext): Promise<void> {
  const {plan, machineChoice, tools, provision, signal, clock} = context;
  const {provider} = machineChoice;
  const id = renderMachineId(plan.buildId, tools.newSuffix());
  const machine = tools.createMachine({
    ...machineChoice,
    id,
    buildId: plan.buildId,
    memoryMib: context.memoryMib,
    bootTimeoutMs: 300_000,
    goldenBox: plan.goldenBox,
  });
  // First, so that `reap` finds it even after SIGKILL.
  await tools.journal.write({
    formatVersion: 1,
    id,
    buildId: plan.buildId,
    provider,
    directory: join(tools.paths.machines, id),
    output: plan.output,
    owner: tools.owner,
    createdAt: clock.now().toISOString(),
  });
  context.machine = machine;
  tools.emit({type: 'machine.created', buildId: plan.buildId, machine: id, provider});
  await machine.up(provision, {
    signal,
    home: context.home,
    onLine: followLines(context, 'Boot machine'),
  });
}

async function destroyMachine(context: BuildContext, signal: AbortSignal): Promise<void> {
  const {machine, tools, plan} = context;
  if (machine === undefined) return;
  context.guest?.close();
  delete context.guest;
  const {id, provider} = machine.spec;
  if (context.isKept === true && (await noteKept(context, id))) return;
  delete context.isKept;
  await machine.destroy({signal, onLine: followLines(context, 'Destroy machine')}); // Returns only once the provider no longer lists it.
  await tools.journal.close(id);
  delete context.machine;
  tools.emit({type: 'machine.destroyed', buildId: plan.buildId, machine: id, provider});
}

/** @returns false when that could not be recorded: then nobody would destroy it in time. */
async function noteKept(context: BuildContext, id: string): Promise<boolean> {
  const {tools, plan, clock} = context;
  try {
    const entry = await tools.journal.read(id);
    if (entry === undefined) return false;
    const keepUntil = new Date(clock.now().getTime() + plan.keepForMs).toISOString();
    await tools.journal.write({...entry, keepUntil});
    context.keptUntil = keepUntil;
    return true;
  } catch (error) {
    say(context, 'warn', `The machine ${id} cannot be kept: ${describeError(error)}`);
    return false;
  }
}

/** A step in the booted machine: what broke because somebody stopped the machine gives that as its reason. */
function inMachine(step: BuildStep): BuildStep {
  return {
    ...step,
    run: async (context) => {
      try {
        await step.run(context);
      } catch (error) {
        if (!context.signal.aborted) await noteRoom(context);
        if (error instanceof ConnectionLostError || error instanceof CommandError)
          await throwWhenGone(context);
        throw error;
      }
    },
  };
}

/** Measured before the machine goes, which makes room. */
async function noteRoom(context: BuildContext): Promise<void> {
  const freeBytes = await readRoom(context);
  if (freeBytes !== undefined) context.freeBytes = freeBytes;
}

const provision: BuildStep = {
  name: 'Provision',
  async run(context) {
    const machine = need(context.machine, 'the machine');
    const golden = machine.readGolden();
    if (golden !== undefined)
      sayCache(context, 'machine', 'hit', `it starts from ${golden}, provisioned before`);
    else {
      const isOff = context.plan.goldenBox === 'off';
      sayCache(
        context,
        'machine',
        'miss',
        isOff ? '--golden-box off' : 'no machine of this kind was kept yet',
      );
    }
    await machine.provision({signal: context.signal, onLine: followLines(context, 'Provision')});
    await connect(context);
  },
};

/** Replaces all earlier steps, for a machine that was kept with its dist. */
const open: BuildStep = {
  name: openStepName,
  async run(context) {
    context.machine = await need(context.claim, 'the kept machine')();
    await connect(context);
  },
  cleanupName: destroyStepName,
  cleanup: destroyMachine,
};

const sendSource: BuildStep = {
  name: 'Send source',
  async run(context) {
    const guest = need(context.guest, 'the guest');
    const {signal} = context;
    await sendHome(context, need(context.home, 'the home folder'));
    await need(context.prepared, 'the source').discard(); // 190 MB that are no longer needed.
    // No `git -C`: git 1.8.3 of CentOS 7 does not know it.
    const {stdout} = await guest.run(
      ['git', `--git-dir=${guestHome}/spark/.git`, 'rev-parse', 'HEAD^{commit}'],
      {signal},
    );
    if (stdout.trim() !== context.plan.commit) {
      throw new Error(`The guest has commit ${stdout.trim()}, not ${context.plan.commit}.`);
    }
    await tryFetch(context);
  },
};

const dependencies: BuildStep = {name: 'Set up Maven', run: installDependencies};
const distribution: BuildStep = {name: 'Make distribution', run: makeDistribution, cleanup: fetchLogs};
const smoke: BuildStep = {name: 'Smoke query', run: runSmoke};

const hourMs = 3_600_000;

const fetchDist: BuildStep = {
  name: 'Fetch dist',
  timeoutMs: hourMs,
  run: fetchWholeDist,
  async cleanup({partial}) {
    if (partial !== undefined) await discardPartial(partial);
  },
};

const publish: BuildStep = {
  name: 'Verify and publish',
  timeoutMs: hourMs,
  run: (context) => intoOutput(context.plan, () => publishDist(context)),
};
/** Runs only after the dist is published, so only good builds fill the cache. */
const keep: BuildStep = {
  name: 'Keep Maven artifacts',
  async run(context) {
    const keeping = keepArtifacts(context).then(() => keepNewModules(context));
    // The dist is published: whatever hangs here must not fail the build.
    await orWarn(context, 'What this build fetched was not kept', () =>
      orStopped(keeping, AbortSignal.timeout(hourMs), 0),
    );
  },
};

/** @returns The steps of this build in order. */
export function planSteps(context: Pick<BuildContext, 'plan'>): readonly BuildStep[] {
  const inside = [
    provision,
    sendSource,
    dependencies,
    distribution,
    ...(context.plan.smoke ? [smoke] : []),
    fetchDist,
    publish,
    keep,
  ];
  return [prepare, boot, ...inside.map(inMachine)];
}

/** @returns The end of a build whose machine was kept because its dist could not be fetched. */
export function planLastSteps({
  canKeepArtifacts,
}: {
  readonly canKeepArtifacts: boolean;
}): readonly BuildStep[] {
  return [open, fetchDist, publish, ...(canKeepArtifacts ? [keep] : [])].map(inMachine);
}

/** At most 60 characters of [a-z0-9.-], which every provider takes for a name. */
export function renderMachineId(buildId: string, suffix: string): string {
  const name = buildId
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .slice(0, 40)
    .replace(/[-.]+$/, '');
  return `build-spark-${name}-${suffix}`;
}
