// Writes docs/batch.schema.json from the schema in the code: npm run build && node docs/write-batch-schema.mjs
import {writeFileSync} from 'node:fs';
import {URL} from 'node:url';
import {renderMatrixSchema} from '../lib/batch/batch-schema.js';

writeFileSync(new URL('batch.schema.json', import.meta.url), renderMatrixSchema());
