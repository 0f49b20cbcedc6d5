// Dependencies that are compiled in the machine: their source is sent, or the jars that an earlier build made of it; what
// was made is kept before anything of Spark runs there. Whatever goes wrong with the cache is a warning.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {removeTree} from '../core/mounts.ts';
import {nameCompiled, type CompiledPlan} from '../maven/compiled.ts';
import {guestFolder, renderCompiledFolder} from '../maven/dependency-files.ts';
import {createIncoming, findModules, keepModules} from '../maven/module-store.ts';
import {checkOut, editTree} from '../source/check-out.ts';
import {markUse} from '../store/uses.ts';
import {guestHome, need, orWarn, say, sayCache, type BuildContext} from './build-context.ts';

const nameOf =
  ({dependencyPlan, definition}: Pick<BuildContext, 'dependencyPlan' | 'definition'>) =>
  (compiled: CompiledPlan): string =>
    nameCompiled(compiled, dependencyPlan.settingsXml, definition);

/** @param home The guest's, not yet there. */
export async function stageCompiled(context: BuildContext, home: string): Promise<void> {
  const {dependencyPlan, tools, clock, signal} = context;
  const cached: string[] = [];
  for (const compiled of dependencyPlan.compiled) {
    const {name, repository, commit, edits} = compiled;
    const folder = join(home, guestFolder, renderCompiledFolder(name));
    const jars = join(folder, 'jars');
    await orWarn(context, `${name} is compiled again`, async () => {
      const key = nameOf(context)(compiled);
      // Before it is read, so that nobody prunes it meanwhile.
      await markUse({...tools, clock}, {kind: 'modules', name: key});
      const tar = await findModules(tools, key);
      if (tar === undefined) return;
      await mkdir(jars, {recursive: true});
      try {
        await tools.exec(['tar', '--no-same-owner', '-xf', tar, '-C', jars], {signal});
        cached.push(name);
      } catch (error) {
        await removeTree(jars); // Incomplete ones would be taken for complete ones.
        throw error;
      }
    });
    if (cached.includes(name)) continue;
    const source = join(folder, 'source');
    await mkdir(folder, {recursive: true});
    await checkOut(tools, {source: repository, commit, signal}, source);
    await editTree(source, edits);
  }
  for (const {name} of dependencyPlan.compiled) {
    const isThere = cached.includes(name);
    const reason = isThere
      ? `the jars of ${name}`
      : `${name} is compiled first: no build has left its jars here`;
    sayCache(context, 'compiled', isThere ? 'hit' : 'miss', reason);
  }
  context.cachedCompiled = cached;
}

/** After Maven's set-up, when nothing but this source has run in the machine. */
export async function keepCompiled(context: BuildContext): Promise<void> {
  const {dependencyPlan, tools, signal, cachedCompiled} = context;
  for (const compiled of dependencyPlan.compiled) {
    const {name, groupId, version} = compiled;
    if (cachedCompiled?.includes(name) !== false) continue;
    await orWarn(context, `${name} was not kept for later builds`, async () => {
      const guest = need(context.guest, 'the guest');
      const folder = groupId.replaceAll('.', '/');
      const repository = `${guestHome}/.m2/repository`;
      const wanted = [
        '-path',
        `*/${version}/*`,
        '-name',
        '*.jar',
        '-o',
        '-path',
        `*/${version}/*`,
        '-name',
        '*.pom',
      ];
      const {stdout} = await guest.run(
        ['find', `${repository}/${folder}`, '-type', 'f', '(', ...wanted, ')', '-printf', '%P\\n'],
        {signal},
      );
      const files = findMade(stdout.split('\n')).map((path) => `${folder}/${path}`);
      const chosen = `${guestHome}/maven/compiled-${name}`;
      await guest.run(['mkdir', '-p', chosen], {signal});
      const copy = ['cp', '-l', '--parents', ...files, chosen];
      await guest.run(['bash', `${guestHome}/in-guest.sh`, repository, context.plan.mavenOpts, ...copy], {
        signal,
      });
      const incoming = await createIncoming(tools);
      try {
        await guest.fetchFolder(chosen, incoming, {signal});
        await keepModules(tools, nameOf(context)(compiled), incoming, [folder], signal);
      } finally {
        await removeTree(incoming);
      }
      say(context, 'info', `${name}: ${files.length} files kept for later builds`);
    });
  }
}

/** Of what `find` listed: jars and poms, without the empty test jars that each build gets. */
export function findMade(lines: readonly string[]): readonly string[] {
  return lines.filter(
    (line) => /^[\w.-]+\/[\w.-]+\/[\w.-]+\.(?:jar|pom)$/.test(line) && !line.endsWith('-tests.jar'),
  );
}
