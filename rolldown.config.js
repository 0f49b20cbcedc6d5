// Bundles what tsc compiled, one start file a command: reading 300 small files of packages took longer than most answers.
// docs/adr/0016-bundle.md
import {defineConfig} from 'rolldown';

export default defineConfig({
  input: {'build-spark': 'lib/cli/main.js', 'impala-ha': 'lib/cli/impala-ha.js'},
  platform: 'node',
  // Both load native code or files of their own where they find them.
  external: ['ssh2', 'hive-driver'],
  // Of CommonJS packages, such as write-file-atomic.
  transform: {define: {__filename: 'import.meta.filename', __dirname: 'import.meta.dirname'}},
  // With hashes, so that a copy that runs never meets the parts of a newer one.
  output: {dir: 'lib/bundle', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js'},
});
