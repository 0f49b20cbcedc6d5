// The steps that work inside the machine: Maven's set-up, the distribution script, the smoke query, the logs.
import {join} from 'node:path';
import {BuildError, describeError} from '../core/errors.ts';
import {removeTree} from '../core/mounts.ts';
import {redactFiles} from '../core/redact-files.ts';
import {renderDependencies} from '../maven/dependency-files.ts';
import {keepCompiled} from './compile-dependencies.ts';
import {
  findSilenceMs,
  followLines,
  guestHome,
  need,
  say,
  sayCache,
  slowness,
  type BuildContext,
} from './build-context.ts';
import {createDriverSmoke} from './driver-smoke.ts';
import {parseRestored} from './share-modules.ts';

export async function installDependencies(context: BuildContext): Promise<void> {
  const {dependencyPlan, tools, signal, plan} = context;
  const {command} = renderDependencies(dependencyPlan, tools.standIn);
  await need(context.guest, 'the guest').run(
    ['bash', `${guestHome}/in-guest.sh`, guestHome, plan.mavenOpts, ...command],
    {signal, silenceMs: findSilenceMs(context), onLine: followLines(context, 'Set up Maven')},
  );
  await keepCompiled(context);
}

export async function makeDistribution(context: BuildContext): Promise<void> {
  const {plan, signal} = context;
  const argv = [
    'bash',
    `${guestHome}/in-guest.sh`,
    `${guestHome}/spark`,
    plan.mavenOpts,
    ...(plan.reproducible
      ? ['env', `SOURCE_DATE_EPOCH=${need(context.prepared, 'the source').committedAt}`]
      : []),
    'bash',
    `./${plan.script}`,
  ];
  const log = followLines(context, 'Make distribution');
  await need(context.guest, 'the guest').run([...argv, ...plan.arguments], {
    signal,
    silenceMs: findSilenceMs(context),
    onLine: (line) => {
      log(line);
      const restored = context.restoredModules === undefined ? undefined : parseRestored(line);
      if (restored !== undefined) context.restoredModules?.push(restored);
    },
    whenDrained: context.tools.whenDrained,
  });
  const restored = context.restoredModules?.length ?? 0;
  const all = Object.keys(context.moduleMs).length;
  if (restored > 0)
    say(context, 'info', `${restored} modules as an earlier build of this release compiled them`);
  if (restored > 0)
    sayCache(
      context,
      'modules',
      restored < all ? 'part' : 'hit',
      `${restored} of ${all} modules were compiled by another variant`,
    );
}

/** Spark and Hive ask for the name of the machine's own address: LXC's resolver would pass that on to the network's. */
const nameOwnAddresses =
  'for address in $(hostname -I); do grep -q "^$address " /etc/hosts || echo "$address $(hostname)" >>/etc/hosts; done';

const driverFile = `${guestHome}/smoke/driver`;
/** As long as beeline may take for one of its questions. */
const driverTimeoutMs = 600_000;

export async function runSmoke(context: BuildContext): Promise<void> {
  const {plan, signal} = context;
  const guest = need(context.guest, 'the guest');
  await guest.run(['sudo', 'sh', '-c', nameOwnAddresses], {signal});
  const isProvided = plan.deps === 'provided';
  const command = [
    ...['bash', 'smoke/smoke.sh', '--dist', `${guestHome}/spark/dist`, '--logs', `${guestHome}/smoke/logs`],
    ...['--features', plan.features.join(','), '--driver', driverFile],
    ...(isProvided ? ['--class-path-pom', `${guestHome}/smoke/class-path`] : []),
  ];
  let last = '';
  const log = followLines(context, 'Smoke query');
  const driver = createDriverSmoke(guest, {
    file: driverFile,
    timeoutMs: driverTimeoutMs * slowness(context),
    signal,
  });
  const {exitCode} = await guest
    .run(['bash', `${guestHome}/in-guest.sh`, guestHome, plan.mavenOpts, ...command], {
      signal,
      silenceMs: findSilenceMs(context),
      allow: 'any',
      onLine: (line, stream) => {
        log(line);
        if (stream === 'stdout' && line !== '') last = line;
        if (stream === 'stdout') driver.onLine(line);
      },
    })
    .finally(() => driver.end());
  const answer = parseSmoke(last);
  context.smoke = answer;
  if (exitCode !== 0 || !answer.ok) {
    throw new BuildError(
      `The dist was built, but the smoke query failed: ${answer.reason ?? `exit code ${exitCode}`}.`,
      `Read the server's log in ${context.logFolder}`,
    );
  }
}

/** The last line of smoke.sh; more fields than these are for the manifest. */
interface SmokeAnswer {
  readonly ok: boolean;
  readonly reason?: string;
  readonly [field: string]: unknown;
}

function parseSmoke(line: string): SmokeAnswer {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'ok' in value) return value as SmokeAnswer;
  } catch {
    // Said below: whatever ended the script early printed something else.
  }
  return {ok: false, reason: `it ended with: ${line}`};
}

/** Also after a failed build: the logs go with the machine. */
export async function fetchLogs(context: BuildContext, signal: AbortSignal): Promise<void> {
  const {machine, guest, logFolder, plan, tools} = context;
  if (machine === undefined) return;
  const {peakBytes, oomKills} = await machine.readMemoryUse();
  if (peakBytes !== undefined) context.peakMemoryBytes = peakBytes;
  if (oomKills !== undefined) context.oomKills = oomKills;
  if (guest === undefined || !('Smoke query' in context.durations)) return;
  const folder = join(logFolder, 'smoke');
  await removeTree(folder); // Left from an earlier attempt.
  await guest
    .fetchFolder(`${guestHome}/smoke/logs`, folder, {signal, mayChange: true})
    .then(() => redactFiles(folder, tools.redact))
    .catch(async (error: unknown) => {
      await removeTree(folder); // It is incomplete, holds what a guest must not give us, or may still hold a secret.
      tools.emit({
        type: 'log.line',
        buildId: plan.buildId,
        level: 'info',
        line: `No logs from the smoke query: ${describeError(error)}`,
      });
    });
}
