// Bundles what tsc compiled, one start file a command: reading 300 small files of packages took longer than most answers.
// docs/adr/0016-bundle.md
import {defineConfig} from 'rolldown';
import {licensePlugin} from 'rolldown-license-plugin';

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

/** Those that ask for no more than that their text goes along. */
const allowed = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];

/** What is in the bundle is handed on with it, and so is the licence of each package. */
const licences = licensePlugin({
  allow: ({license}) => allowed.includes(license),
  failOnViolation: true,
  failOnUnlicensed: true,
  done: (packages, context) => {
    const source = packages
      .map(({name, version, license, licenseText}) => {
        const text = licenseText.trim() || 'Its package holds no text of it; package.json names it.';
        return `${name} ${version} (${license})\n\n${text}\n`;
      })
      .join(`\n${'-'.repeat(80)}\n\n`);
    context.emitFile({type: 'asset', fileName: 'LICENSES.txt', source});
  },
});

export default defineConfig({
  input: starts,
  plugins: [licences],
  platform: 'node',
  // Both load native code or files of their own where they find them. The last is CycloneDX's, for XML, which nobody writes.
  external: ['ssh2', 'hive-driver', 'xmlbuilder2'],
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
