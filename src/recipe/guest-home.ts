// What the guest's user has at home before anything runs: the source, Maven's artifacts, our scripts and their data.
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import {renderClassPathPom} from '../maven/class-path-pom.ts';
import {guestFolder, renderDependencies, renderLines} from '../maven/dependency-files.ts';
import {parseSourceFacts} from '../maven/source-facts.ts';
import {writeTar} from '../source/prepare.ts';
import {guestHome, need, type BuildContext} from './build-context.ts';
import {planEvaluations, renderEvaluations} from '../maven/evaluations.ts';
import {stageCompiled} from './compile-dependencies.ts';
import {linkArtifacts} from './keep-artifacts.ts';
import {planBuildOptions} from '../maven/maven-options.ts';
import {stageModules} from './share-modules.ts';
import {canShareCompiler, renderFirstCompile} from '../maven/scala-plugin.ts';

/** Makes it beside the prepared tree, which moves into it. */
export async function stageHome(context: BuildContext): Promise<string> {
  const {prepared, plan} = context;
  const tree = need(prepared, 'the source').folder;
  const home = `${tree}-home`;
  await linkArtifacts(context, join(home, '.m2/repository'));
  await stageModules(context, home);
  await stageCompiled(context, home);
  const files = {
    'in-guest.sh': await readGuestFile('in-guest.sh'),
    ...below('maven', await renderMaven(context, tree)),
    ...below(guestFolder, renderDependencies(context.dependencyPlan, context.tools.standIn).files),
    ...(plan.smoke ? below('smoke', await renderSmoke(context, tree)) : {}),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), {recursive: true});
    // Settings may hold passwords.
    await writeFile(join(home, path), text, {mode: /settings[\w-]*\.xml$/.test(path) ? 0o600 : 0o666});
  }
  await rename(tree, join(home, 'spark'));
  return home;
}

/** By ssh, where the machine did not take it while it booted. */
export async function sendHome(context: BuildContext, home: string): Promise<void> {
  const {tools, signal} = context;
  if (need(context.machine, 'the machine').hasHome()) return;
  const tar = `${home}.tar`;
  try {
    await writeTar(tools.exec, home, tar, signal);
    await need(context.guest, 'the guest').sendTar(tar, guestHome, {signal});
  } finally {
    await rm(tar, {force: true});
  }
}

/**
 * Our `mvn`, which in-guest.sh puts before Maven's. With the tests, which are to be built as ever, it only has the Scala
 * plugin started alone.
 */
async function renderMaven(
  {plan, machineChoice, dependencyPlan, sourceFacts, mavenSeed}: BuildContext,
  tree: string,
): Promise<Readonly<Record<string, string>>> {
  const root = (await readSource(tree, 'pom.xml')) ?? '';
  const hive = await readSource(tree, 'sql/hive/pom.xml');
  const evaluations = plan.compileTests
    ? []
    : planEvaluations({
        poms: {root, hive},
        parentPom: dependencyPlan.parentPom?.text,
        settingsXml: dependencyPlan.settingsXml,
        arguments: plan.arguments,
      });
  return {
    'bin/mvn': await readGuestFile('mvn.sh'),
    'ResolvedArtifacts.java': await readGuestFile('ResolvedArtifacts.java'),
    'collect.sh': await readGuestFile('collect.sh'),
    sent: renderLines((mavenSeed?.artifacts ?? []).map(({path}) => path)),
    answers: renderEvaluations(evaluations),
    options: renderLines(planBuildOptions(plan, machineChoice)),
    ...renderFirstCompile(root, sourceFacts.project, '../../spark/pom.xml'),
    ...(!plan.compileTests && canShareCompiler(root)
      ? {'SharedCompiler.java': await readGuestFile('SharedCompiler.java')}
      : {}),
  };
}

/** What the dist leaves to the cluster is read from the poms as they are built: our edits may have added to it. */
async function renderSmoke(
  {plan, dependencyPlan, sourceFacts}: BuildContext,
  tree: string,
): Promise<Readonly<Record<string, string>>> {
  const scripts = {
    'smoke.sh': await readGuestFile('smoke.sh'),
    'smoke-queries.sh': await readGuestFile('smoke-queries.sh'),
  };
  if (plan.deps !== 'provided') return scripts;
  const poms = new Map<string, string>();
  for (const path of ['pom.xml', 'assembly/pom.xml']) {
    const text = await readSource(tree, path);
    if (text !== undefined) poms.set(path, text);
  }
  const {provided} = parseSourceFacts(poms);
  return {
    ...scripts,
    'class-path/pom.xml': renderClassPathPom(
      {...sourceFacts, provided},
      dependencyPlan,
      plan.arguments,
      '../../spark/pom.xml',
    ),
  };
}

async function readSource(tree: string, path: string): Promise<string | undefined> {
  return readFile(join(tree, path), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}

function readGuestFile(name: string): Promise<string> {
  return readFile(join(projectRoot, 'data/guest', name), 'utf8');
}

function below(folder: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}
