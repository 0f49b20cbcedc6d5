// Writes what docs/ says of the options and of impala-ha's spec, from the tables in the code:
// npm run build && node docs/write-reference.mjs && npm run format
import {mkdirSync, writeFileSync} from 'node:fs';
import {URL} from 'node:url';
import {renderBatchSchema} from '../lib/batch/batch-schema.js';
import {renderConfigSchema, renderOptionsPage} from '../lib/cli/reference.js';
import {renderJsonSchema} from '../lib/impala-ha/spec-schema.js';

const files = {
  'batch.schema.json': renderBatchSchema(),
  'config.schema.json': renderConfigSchema(),
  'impala-ha.schema.json': renderJsonSchema(),
  'reference/options.md': renderOptionsPage(),
};
mkdirSync(new URL('reference', import.meta.url), {recursive: true});
for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, import.meta.url), text);
