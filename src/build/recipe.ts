// One build, read top to bottom: the steps from a ref to a dist. Each has a cleanup where it leaves something behind.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {isAbortError} from '../core/errors.ts';
import {CommandError} from '../core/exec.ts';
import {ConnectionLostError} from '../core/ssh-errors.ts';
import type {Step} from '../core/steps.ts';
import {createPartial, discardPartial} from '../dist/publish.ts';
import {prepareSource} from '../source/prepare.ts';
import {followLines, guestHome, need, type BuildContext} from './context.ts';
import {MachineGoneError} from './failures.ts';
import {sendHome, stageHome} from './home.ts';
import {keepArtifacts} from './maven-cache.ts';
import {keepNewModules} from './module-cache.ts';
import {publishDist} from './publish-step.ts';
import {fetchLogs, installDependencies, makeDistribution, runSmoke} from './guest-steps.ts';

type BuildStep = Step<BuildContext>;

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

/** What the last machine took is gone with it. */
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
  cleanupName: 'Destroy machine',
  cleanup: destroyMachine,
};

async function bootOnce(context: BuildContext): Promise<void> {
  const {plan, tools, provision, signal, clock} = context;
  const {provider} = plan.machine;
  const id = renderMachineId(plan.buildId, tools.newSuffix());
  const machine = tools.createMachine({
    ...plan.machine,
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
    ...(context.home === undefined ? {} : {home: context.home}),
    onLine: followLines(context, 'Boot machine'),
  });
}

async function destroyMachine(context: BuildContext, signal: AbortSignal): Promise<void> {
  const {machine, tools, plan, clock} = context;
  if (machine === undefined) return;
  context.guest?.close();
  delete context.guest;
  const {id, provider} = machine.spec;
  const entry = await tools.journal.read(id);
  if (context.isKept === true && entry !== undefined) {
    const keepUntil = new Date(clock.now().getTime() + plan.keepForMs).toISOString();
    await tools.journal.write({...entry, keepUntil});
    return;
  }
  await machine.destroy({signal, onLine: followLines(context, 'Destroy machine')}); // Returns only once the provider no longer lists it.
  await tools.journal.close(id);
  delete context.machine;
  tools.emit({type: 'machine.destroyed', buildId: plan.buildId, machine: id, provider});
}

/** A step in the booted machine: what broke because somebody stopped the machine gives that as its reason. */
function inMachine(step: BuildStep): BuildStep {
  return {
    ...step,
    run: async (context) => {
      try {
        await step.run(context);
      } catch (error) {
        if (error instanceof ConnectionLostError || error instanceof CommandError)
          await throwWhenGone(context);
        throw error;
      }
    },
  };
}

async function throwWhenGone({machine, clock, signal}: BuildContext): Promise<void> {
  // The connection breaks some moments before the provider knows.
  for (let attempt = 0; attempt < 4 && machine !== undefined && !signal.aborted; attempt++) {
    const state = await machine.state(signal).catch(() => 'running' as const);
    if (state !== 'running') throw new MachineGoneError(machine.spec.id, state);
    await clock.sleep(500, signal);
  }
}

const provision: BuildStep = {
  name: 'Provision',
  async run(context) {
    const machine = need(context.machine, 'the machine');
    await machine.provision({signal: context.signal, onLine: followLines(context, 'Provision')});
    context.guest = await machine.connect(context.signal);
  },
};

const sendSource: BuildStep = {
  name: 'Send source',
  async run(context) {
    const guest = need(context.guest, 'the guest');
    const {signal} = context;
    await sendHome(context, need(context.home, 'the home folder'));
    await need(context.prepared, 'the source').discard(); // 190 MB that nobody needs any more.
    // No `git -C`: git 1.8.3 of CentOS 7 does not know it.
    const {stdout} = await guest.run(
      ['git', `--git-dir=${guestHome}/spark/.git`, 'rev-parse', 'HEAD^{commit}'],
      {signal},
    );
    if (stdout.trim() !== context.plan.commit) {
      throw new Error(`The guest has commit ${stdout.trim()}, not ${context.plan.commit}.`);
    }
  },
};

const dependencies: BuildStep = {name: 'Set up Maven', run: installDependencies};
const distribution: BuildStep = {name: 'Make distribution', run: makeDistribution, cleanup: fetchLogs};
const smoke: BuildStep = {name: 'Smoke query', run: runSmoke};

const fetchDist: BuildStep = {
  name: 'Fetch dist',
  async run(context) {
    const {plan, tools, signal} = context;
    const guest = need(context.guest, 'the guest');
    context.partial = await createPartial(plan.output, plan.dist, tools);
    await guest.fetchFolder(`${guestHome}/spark/dist`, context.partial, {
      signal,
      onLine: followLines(context, 'Fetch dist'),
    });
  },
  async cleanup({partial}) {
    if (partial !== undefined) await discardPartial(partial);
  },
};

const publish: BuildStep = {name: 'Verify and publish', run: publishDist};
/** Of good builds alone. */
const keep: BuildStep = {
  name: 'Keep Maven artifacts',
  async run(context) {
    await keepArtifacts(context);
    await keepNewModules(context);
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

/** At most 60 characters of [a-z0-9.-], which every provider takes for a name. */
export function renderMachineId(buildId: string, suffix: string): string {
  const name = buildId
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .slice(0, 40)
    .replace(/[-.]+$/, '');
  return `build-spark-${name}-${suffix}`;
}
