// Bundles what tsc compiled, one start file a command: reading 300 small files of packages took longer than most answers.
// docs/adr/0016-bundle.md
import {defineConfig} from 'rolldown';

const starts = {'build-spark': 'lib/cli/main.js', 'impala-ha': 'lib/cli/impala-ha.js'};
const isStart = (id) => Object.values(starts).some((path) => id.endsWith(`/${path}`));

/** A module and all that cannot be loaded without loading it: those that import it, those that import these, … */
function listDependents(id, graph, found = new Set()) {
  if (found.has(id)) return found;
  found.add(id);
  graph.getModuleInfo(id)?.importers.forEach((importer) => listDependents(importer, graph, found));
  return found;
}

/**
 * The part that a module goes to; null leaves it to rolldown, which makes a part for each set of commands: fifty for
 * an up-to-date answer, and each costs the better part of a millisecond.
 */
function namePart(id, graph) {
  if (isStart(id)) return null; // They wait for the command to end: nothing may have to wait for them.
  const dependents = [...listDependents(id, graph)];
  if (dependents.some(isStart)) return 'start';
  if (!dependents.some((one) => one.endsWith('/lib/cli/commands/build.js'))) return null;
  return dependents.some((one) => one.includes('/lib/impala-ha/commands/')) ? 'common' : 'build';
}

export default defineConfig({
  input: starts,
  platform: 'node',
  // Both load native code or files of their own where they find them.
  external: ['ssh2', 'hive-driver'],
  // Of CommonJS packages, such as write-file-atomic.
  transform: {define: {__filename: 'import.meta.filename', __dirname: 'import.meta.dirname'}},
  preserveEntrySignatures: false,
  output: {
    dir: 'lib/bundle',
    // With hashes, so that a copy that runs never meets the parts of a newer one.
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: {includeDependenciesRecursively: false, groups: [{name: namePart, debugName: 'parts'}]},
  },
});
