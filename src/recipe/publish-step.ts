// Makes a fetched folder a dist: manifest, checks, one rename. Knows no machine but what it said of itself.
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {renderRelease} from '../catalogue/ref-facts.ts';
import {BuildError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {aboutNames, sbomName, type ManifestFacts} from '../distribution/manifest.ts';
import {patchName, refuseOwnNames, writeOwn} from '../distribution/own-files.ts';
import {publish} from '../distribution/publish.ts';
import {createSeals} from '../distribution/seal.ts';
import {verifyDist} from '../distribution/verify-dist.ts';
import {followLines, guestHome, need, type BuildContext} from './build-context.ts';
import {planInputs} from '../distribution/fingerprint.ts';
import {planBuildOptions} from '../maven/maven-options.ts';

export async function publishDist(context: BuildContext): Promise<void> {
  const {plan, tools, signal} = context;
  const partial = need(context.partial, 'the fetched dist');
  const prepared = need(context.prepared, 'the source');
  const {undelete} = prepared;
  await refuseOwnNames(partial, [patchName, sbomName, ...aboutNames]);
  if (undelete.status === 'edited') await writeOwn(partial, patchName, undelete.diff);
  // Loaded here: a command that builds nothing is not to pay for it.
  const {proveDist} = await import('../proof/prove.ts');
  if (plan.reproducible) {
    const {normaliseDist} = await import('../proof/normalise-dist.ts');
    const {committedAt: seconds} = prepared;
    const {written, left} = await normaliseDist(partial, {seconds, startedAt: context.startedAt, signal});
    const at = new Date(seconds * 1000).toISOString();
    const log = followLines(context, 'Verify and publish');
    log(`${written.length} archives written anew, all times ${at}`);
    for (const each of left) log(`left as it is, ${each}`);
  }
  const resolved = await readResolved(context, (line) =>
    tools.emit({type: 'log.line', buildId: plan.buildId, step: 'Verify and publish', level: 'warn', line}),
  );
  await proveDist(partial, await describeBuild(context), {redact: tools.redact, signal, resolved});
  if (plan.sign !== undefined) {
    const {readSigningKey, signDist} = await import('../proof/sign-dist.ts');
    await signDist(partial, await readSigningKey(plan.sign));
  }
  const {checks} = await verifyDist(
    partial,
    {
      commit: plan.commit,
      features: plan.features,
      deps: plan.deps,
      projectVersion: plan.facts.projectVersion,
    },
    signal,
  );
  const log = followLines(context, 'Verify and publish');
  for (const {name, ok, message} of checks) log(`${ok ? 'ok' : 'FAILED'} ${name}: ${message}`);
  const failed = checks.filter(({ok}) => !ok);
  if (failed.length > 0) {
    throw new BuildError(
      `The build ended well, but its dist is not what was asked for: ${failed.map(({name, message}) => `${name}: ${message}`).join('; ')}`,
      `Read ${context.logFolder}/build.log`,
    );
  }
  await tools.mayPublish?.(plan);
  context.published = await publish(partial, join(plan.output, plan.dist), {
    replace: context.replace,
    seals: createSeals(tools.paths.seals),
  });
  delete context.partial;
}

async function describeBuild(context: BuildContext): Promise<ManifestFacts> {
  const {plan, machineChoice, tools, clock, mavenSeed} = context;
  const prepared = need(context.prepared, 'the source');
  const finishedAt = clock.now();
  const {undelete} = prepared;
  // Its own cleanup reads it again, for builds that do not get as far as a manifest.
  const machine = need(context.machine, 'the machine');
  const {peakBytes} = await machine.readMemoryUse();
  const golden = machine.readGolden();
  const {removal} = plan.facts;
  const removed =
    removal.status === 'absent'
      ? []
      : removal.scripts.filter((script) => !undelete.kept.some((kept) => kept === script));
  return {
    ...planInputs(plan, context.dependencyPlan, prepared),
    toolVersion: tools.toolVersion,
    release: renderRelease(plan.tag),
    projectVersion: plan.facts.projectVersion,
    label: plan.label,
    forcedUnsupported: plan.forcedUnsupported,
    definition: context.definition,
    asked: {
      profiles: [...plan.profiles],
      defines: [...plan.defines],
      compileTests: plan.compileTests,
    },
    undelete: {
      status: undelete.status,
      kept: [...undelete.kept],
      removed,
      ...(undelete.status === 'edited'
        ? {sha256: createHash('sha256').update(undelete.diff).digest('hex')}
        : {}),
    },
    ...(plan.reproducible ? {sourceDateEpoch: prepared.committedAt} : {}),
    mavenOpts: plan.mavenOpts,
    mavenOptions: [...planBuildOptions(plan, machineChoice)],
    ...(mavenSeed === undefined
      ? {}
      : {mavenCache: {set: mavenSeed.set, files: mavenSeed.artifacts.length, bytes: mavenSeed.bytes}}),
    restoredModules: context.restoredModules,
    smoke: context.smoke,
    guest: await describeGuest(context),
    box: {...context.box, golden},
    machine: {provider: machineChoice.provider, memoryMib: context.memoryMib, cpus: machineChoice.cpus},
    durations: context.durations,
    totalMs: finishedAt.getTime() - context.startedAt.getTime(),
    peakMemoryBytes: peakBytes,
    startedAt: context.startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  };
}

/** Far more than the largest Spark's; who writes more wants to fill our memory. */
const mostResolved = 64 * 1024 * 1024;

/**
 * What Maven resolved, as our extension wrote it; nothing where it could not. Of a command's answer the end alone is kept, so
 * each line is taken as it comes.
 * @param warn Told when there is more than is taken.
 */
export async function readResolved(
  {guest, signal}: Pick<BuildContext, 'guest' | 'signal'>,
  warn: (line: string) => void,
): Promise<string> {
  const script = `cat ${guestHome}/maven/resolved 2>/dev/null || true`;
  const lines: string[] = [];
  let length = 0;
  const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
    if (stream !== 'stdout') return;
    // An empty one takes memory too.
    length += line.length + 1;
    if (length <= mostResolved) lines.push(line);
  };
  await need(guest, 'the guest').run(['bash', '-s'], {signal, input: script, onLine});
  if (length > mostResolved)
    warn(
      `What Maven resolved is longer than ${mostResolved} letters; sbom.cdx.json and the provenance name what stood in the first of them.`,
    );
  return lines.join('\n');
}

async function describeGuest({guest, signal}: BuildContext): Promise<ManifestFacts['guest']> {
  const script = await readFile(join(projectRoot, 'data/guest/describe.sh'), 'utf8');
  const {stdout} = await need(guest, 'the guest').run(['bash', '-s'], {signal, input: script});
  const lines = stdout.split('\n').map((line) => line.split(' '));
  const value = (key: string): string =>
    lines
      .find(([first]) => first === key)
      ?.slice(1)
      .join(' ') ?? 'unknown';
  const packages = lines.flatMap(([key, name, version]) =>
    key === 'package' && name !== undefined && version !== undefined ? [[name, version] as const] : [],
  );
  const r = value('r');
  return {
    os: value('os'),
    jdk: value('java'),
    maven: value('maven'),
    packages: {...Object.fromEntries(packages), ...(r === 'unknown' ? {} : {R: r})},
  };
}
