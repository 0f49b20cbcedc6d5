// Shows the reporters with a made-up run: node test/report/demo.ts [builds] [--fail] [--json] [--verbose] [--slow]
// (Node 22.18 or later; or: npm run build, and import from lib/.) Used to look at the live view in real terminals.
import {createCollector} from '../../src/report/collector.ts';
import {createReporter} from '../../src/report/reporter.ts';
import {renderSummary} from '../../src/report/summary.ts';
import {createEmitter} from '../../src/core/events.ts';

const args = process.argv.slice(2);
const count = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 1);
const fails = args.includes('--fail');
const pause = args.includes('--slow') ? 1500 : 150;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const reporter = await createReporter({
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  json: args.includes('--json'),
  verbose: args.includes('--verbose'),
  quiet: false,
  isLong: true,
  noColor: args.includes('--no-color'),
  now: () => new Date(),
});
const collector = createCollector();
const emit = createEmitter(
  'demo',
  () => new Date(),
  (text) => text,
  [...reporter.subscribers, collector.subscriber],
);
const modules = [
  'Core',
  'Bagel',
  'GraphX',
  'Streaming',
  'Catalyst',
  'SQL',
  '日本語モジュール with a name that is much longer than any row of a terminal that people use',
];
const steps = [
  'Prepare source',
  'Boot machine',
  'Provision',
  'Send source',
  'Make distribution',
  'Verify and publish',
];

async function build(buildId: string, shouldFail: boolean): Promise<void> {
  const machine = {buildId, machine: `build-spark-${buildId}`, provider: 'lxc'};
  const startedMs = Date.now();
  emit({type: 'build.started', buildId, dist: `/tmp/out/dist-${buildId}`, steps});
  for (const step of steps) {
    const stepMs = Date.now();
    emit({type: 'step.started', buildId, step});
    if (step === 'Boot machine') emit({type: 'machine.created', ...machine});
    for (const [index, name] of modules.entries()) {
      emit({
        type: 'log.line',
        buildId,
        step,
        level: 'info',
        line: `\u001b[31m[INFO] line ${index} of ${step}, which goes on and on until it is far wider than the terminal it is shown in\u001b[0m`,
      });
      if (step === 'Make distribution') {
        const message = `[${index + 1}/${modules.length}] Spark Project ${name}`;
        emit({
          type: 'step.progress',
          buildId,
          step,
          message,
          fraction: index / modules.length,
          remainingMs: (modules.length - index) * 40_000,
        });
        if (shouldFail && index === 3) break;
      }
      await wait(pause);
    }
    const isFailed = shouldFail && step === 'Make distribution';
    emit({
      type: 'step.finished',
      buildId,
      step,
      status: isFailed ? 'failed' : 'done',
      durationMs: Date.now() - stepMs,
    });
    if (isFailed) break;
  }
  await wait(pause * 4);
  emit({type: 'machine.destroyed', ...machine});
  const failure = {
    kind: 'memory',
    message: 'The machine (6144 MiB) ran out of memory: [ERROR] Java heap space',
    hint: 'Give it more: --memory 9g',
    step: 'Make distribution',
  };
  const end = {type: 'build.finished', buildId, durationMs: Date.now() - startedMs} as const;
  emit(
    shouldFail
      ? {...end, status: 'failed', failure}
      : {...end, status: 'built', dist: `/tmp/out/dist-${buildId}`},
  );
}

const ids = Array.from({length: count}, (_, index) => `cdh5.7.${index}-nodeps`);
const startMs = Date.now();
emit({type: 'run.started', command: 'build', builds: ids});
emit({
  type: 'log.line',
  level: 'warn',
  line: 'Cloudera’s repository does not answer: compiling against Apache’s releases.',
});
const queue = [...ids];
const work = async (): Promise<void> => {
  for (let id = queue.shift(); id !== undefined; id = queue.shift())
    await build(id, fails && id === ids.at(-1));
};
await Promise.all([work(), work()]);
emit({type: 'run.finished', exitCode: fails ? 1 : 0, durationMs: Date.now() - startMs});
reporter.close();
const brief = {
  bytes: 137_000_000,
  files: 431,
  jars: 12,
  mainJars: [{path: 'lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar', bytes: 98_000_000}],
  scripts: ['start-thriftserver.sh', 'stop-thriftserver.sh', 'spark-sql', 'beeline'],
};
const context = {
  dists: new Map(ids.map((id) => [`/tmp/out/dist-${id}`, brief])),
  logs: new Map(ids.map((id) => [id, `~/.local/state/build-spark/logs/${id}/build.log`])),
  columns: reporter.columns(),
  style: reporter.style,
};
reporter.people.write(await renderSummary(collector.outcome(), context));
