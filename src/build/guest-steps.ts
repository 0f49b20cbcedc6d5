// The steps that work inside the machine: Maven's set-up, the distribution script, the smoke query, the logs.
import {mkdir, readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {BuildError, describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {renderClassPathPom} from '../dependencies/class-path-pom.ts';
import {renderDependencies, type RenderedFolder} from '../dependencies/render.ts';
import type {Guest} from '../machine/machine.ts';
import {followLines, need, say, type BuildContext} from './context.ts';
import {planEvaluations, renderEvaluations} from './evaluations.ts';
import {canShareCompiler, renderFirstCompile} from './scala-plugin.ts';
import {planBuildOptions} from './maven-options.ts';
import {parseRestored} from './module-cache.ts';

const home = '/home/vagrant';

const readGuestFile = (name: string): Promise<string> =>
  readFile(join(projectRoot, 'src/build/guest', name), 'utf8');

/** Writes texts under the guest's home, making folders as needed. */
async function sendFolder(
  guest: Guest,
  folder: string,
  files: RenderedFolder['files'],
  signal: AbortSignal,
): Promise<void> {
  const paths = Object.keys(files).map((path) => `${home}/${folder}/${path}`);
  await guest.run(['mkdir', '-p', ...new Set(paths.map((path) => dirname(path)))], {signal});
  for (const [path, text] of Object.entries(files)) await guest.writeFile(`${home}/${folder}/${path}`, text);
}

export async function installDependencies(context: BuildContext): Promise<void> {
  const {dependencyPlan, tools, signal, plan} = context;
  const guest = need(context.guest, 'the guest');
  const {files, command} = renderDependencies(dependencyPlan, tools.standIn);
  await sendFolder(guest, 'dependencies', files, signal);
  await guest.writeFile(`${home}/in-guest.sh`, await readGuestFile('in-guest.sh'));
  await guest.run(['bash', `${home}/in-guest.sh`, home, plan.mavenOpts, ...command], {
    signal,
    silenceMs: plan.silenceMs,
    onLine: followLines(context, 'Set up Maven'),
  });
}

/**
 * Puts our `mvn` before Maven's: in-guest.sh looks for it. With the tests, which are to be built as ever, it only has
 * the Scala plugin started alone.
 * @param tree The source as it was sent.
 */
export async function sendMaven(context: BuildContext, tree: string): Promise<void> {
  const {plan, dependencyPlan, sourceFacts, signal} = context;
  const readPom = (path: string): Promise<string | undefined> =>
    readFile(join(tree, path), 'utf8').catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return undefined;
      throw error;
    });
  const root = (await readPom('pom.xml')) ?? '';
  const hive = await readPom('sql/hive/pom.xml');
  const evaluations = plan.compileTests
    ? []
    : planEvaluations({
        poms: {root, ...(hive === undefined ? {} : {hive})},
        ...(dependencyPlan.parentPom === undefined ? {} : {parentPom: dependencyPlan.parentPom.text}),
        settingsXml: dependencyPlan.settingsXml,
        arguments: plan.arguments,
      });
  const files = {
    'bin/mvn': await readGuestFile('mvn.sh'),
    answers: renderEvaluations(evaluations),
    options: planBuildOptions(plan)
      .map((option) => `${option}\n`)
      .join(''),
    ...renderFirstCompile(root, sourceFacts.project, '../../spark/pom.xml'),
    ...(!plan.compileTests && canShareCompiler(root)
      ? {'SharedCompiler.java': await readGuestFile('SharedCompiler.java')}
      : {}),
  };
  await sendFolder(need(context.guest, 'the guest'), 'maven', files, signal);
}

export async function makeDistribution(context: BuildContext): Promise<void> {
  const {plan, signal} = context;
  const argv = ['bash', `${home}/in-guest.sh`, `${home}/spark`, plan.mavenOpts, 'bash', `./${plan.script}`];
  const log = followLines(context, 'Make distribution');
  await need(context.guest, 'the guest').run([...argv, ...plan.arguments], {
    signal,
    silenceMs: plan.silenceMs,
    onLine: (line) => {
      log(line);
      const restored = context.restoredModules === undefined ? undefined : parseRestored(line);
      if (restored !== undefined) context.restoredModules?.push(restored);
    },
    whenDrained: context.tools.whenDrained,
  });
  const restored = context.restoredModules?.length ?? 0;
  if (restored > 0)
    say(context, 'info', `${restored} modules as an earlier build of this release compiled them`);
}

export async function runSmoke(context: BuildContext): Promise<void> {
  const {plan, signal, dependencyPlan, sourceFacts} = context;
  const guest = need(context.guest, 'the guest');
  const isProvided = plan.deps === 'provided';
  await sendFolder(
    guest,
    'smoke',
    {
      'smoke.sh': await readGuestFile('smoke.sh'),
      ...(isProvided
        ? {
            'class-path/pom.xml': renderClassPathPom(
              sourceFacts,
              dependencyPlan.bridges,
              '../../spark/pom.xml',
            ),
          }
        : {}),
    },
    signal,
  );
  const command = [
    ...['bash', 'smoke/smoke.sh', '--dist', `${home}/spark/dist`, '--logs', `${home}/smoke/logs`],
    ...['--features', plan.features.join(',')],
    ...(isProvided ? ['--class-path-pom', `${home}/smoke/class-path`] : []),
  ];
  let last = '';
  const log = followLines(context, 'Smoke query');
  const {exitCode} = await guest.run(['bash', `${home}/in-guest.sh`, home, plan.mavenOpts, ...command], {
    signal,
    silenceMs: plan.silenceMs,
    allow: 'any',
    onLine: (line, stream) => {
      log(line);
      if (stream === 'stdout' && line !== '') last = line;
    },
  });
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

/** Whatever became of the build: what the machine knows is gone with it. */
export async function fetchLogs(context: BuildContext, signal: AbortSignal): Promise<void> {
  const {machine, guest, logFolder, plan, tools} = context;
  if (machine === undefined) return;
  const {peakBytes, oomKills} = await machine.readMemoryUse();
  if (peakBytes !== undefined) context.peakMemoryBytes = peakBytes;
  if (oomKills !== undefined) context.oomKills = oomKills;
  if (guest === undefined || !('Smoke query' in context.durations)) return;
  const folder = join(logFolder, 'smoke');
  await mkdir(folder, {recursive: true});
  await guest.fetchFolder(`${home}/smoke/logs`, folder, {signal}).catch((error: unknown) => {
    if (error instanceof UsageError) throw error;
    tools.emit({
      type: 'log.line',
      buildId: plan.buildId,
      level: 'info',
      line: `No logs of the smoke query: ${describeError(error)}`,
    });
  });
}
