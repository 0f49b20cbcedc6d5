// Writes what docs/ says of the options, from the table in the code:
// npm run build && node docs/write-reference.mjs && npm run format
import {mkdirSync, writeFileSync} from 'node:fs';
import {URL} from 'node:url';
import {renderBatchSchema} from '../lib/batch/batch-schema.js';
import {renderConfigSchema, renderOptionsPage} from '../lib/cli/reference.js';

const files = {
  'batch.schema.json': renderBatchSchema(),
  'config.schema.json': renderConfigSchema(),
  'reference/options.md': renderOptionsPage(),
};
mkdirSync(new URL('reference', import.meta.url), {recursive: true});
for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, import.meta.url), text);
