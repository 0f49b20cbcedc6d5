// Writes what docs/ and man/ say of the options and of impala-ha's spec, from the tables in the code:
// npm run build && node docs/write-reference.mjs && npm run format
import {mkdirSync, writeFileSync} from 'node:fs';
import {URL} from 'node:url';
import {renderBatchSchema} from '../lib/batch/batch-schema.js';
import {renderManPages} from '../lib/reference/man-pages.js';
import {renderConfigSchema, renderOptionsPage} from '../lib/reference/options-page.js';
import {renderJsonSchema} from '../lib/impala-ha/spec-schema.js';

const files = {
  'batch.schema.json': renderBatchSchema(),
  'config.schema.json': renderConfigSchema(),
  'impala-ha.schema.json': renderJsonSchema(),
  'reference/options.md': renderOptionsPage(),
};
const pages = Object.entries(renderManPages()).map(([name, text]) => [`../man/${name}`, text]);
for (const folder of ['reference', '../man']) mkdirSync(new URL(folder, import.meta.url), {recursive: true});
for (const [name, text] of [...Object.entries(files), ...pages])
  writeFileSync(new URL(name, import.meta.url), text);
