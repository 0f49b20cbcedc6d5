// Proof by hand that logging stays small: 100 MB of build output through the events into build.log and maven.log.
// Run: npm run build, then compile this file, or node test/report/log-memory.ts with Node 22.18 or later.
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import {createEmitter} from '../../src/core/events.ts';
import {splitLines} from '../../src/core/lines.ts';
import {createRedactor} from '../../src/core/redact.ts';
import {createCollector} from '../../src/report/collector.ts';
import {createLogFiles} from '../../src/report/log-file.ts';
import {createPlainReporter} from '../../src/report/plain.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-memory-'));
const logs = createLogFiles({
  folder,
  mavenSteps: ['Make distribution'],
  onError: (error) => console.error(error),
});
const plain = createPlainReporter({write: () => undefined, verbose: false});
const subscribers = [logs.subscriber, plain.subscriber, createCollector().subscriber];
const emit = createEmitter('run', () => new Date(), createRedactor(['secret']), subscribers);
const splitter = splitLines((line) =>
  emit({type: 'log.line', buildId: 'b', step: 'Make distribution', level: 'info', line}),
);
const chunk = Buffer.from(
  '[INFO] a line of a hundred characters, such as Maven prints them while it compiles a module of it.\n'.repeat(
    650,
  ),
);
let peak = 0;
const startMs = Date.now();
for (let bytes = 0; bytes < 100e6; bytes += chunk.length) {
  splitter.write(chunk);
  await turn();
  peak = Math.max(peak, process.memoryUsage.rss());
}
splitter.end();
logs.close();
const size = (name: string): number => Math.round(statSync(join(folder, 'b', name)).size / 1e6);
console.log(
  `${(Date.now() - startMs) / 1000} s, peak ${Math.round(peak / 2 ** 20)} MiB, build.log ${size('build.log')} MB, maven.log ${size('maven.log')} MB`,
);
rmSync(folder, {recursive: true});
