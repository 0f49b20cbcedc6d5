// Writes what stands in for Cloudera's repository as a folder, for a build without build-spark. Knows no machine.
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {projectRoot} from '../lib/core/paths.js';
import {parseSourceFacts} from '../lib/maven/source-facts.js';
import {planDependencies} from '../lib/maven/dependency-plan.js';
import {renderDependencies} from '../lib/maven/dependency-files.js';
import {readStandIn} from '../lib/maven/stand-in.js';

/** @param tree A source, as `build-spark source` wrote it. */
export async function writeStandIn(tree, folder) {
  const paths = (await readdir(tree, {recursive: true})).filter((path) => /(^|\/)pom\.xml$/.test(path));
  const poms = await Promise.all(paths.map(async (path) => [path, await readFile(join(tree, path), 'utf8')]));
  const standIn = await readStandIn(projectRoot);
  const plan = planDependencies({
    mode: 'apache',
    facts: parseSourceFacts(new Map(poms)),
    standIn,
    network: {mirrors: [], proxies: {}},
    shouldCompileTests: true, // as the original script does
  });
  for (const [path, text] of Object.entries(renderDependencies(plan, standIn).files)) {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), text);
  }
}
