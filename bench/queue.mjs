// How much one Redis carries: 10,000 plans as jobs, over 1, 4 and 16 workers that build nothing. Each job is told as a build
// is: ten steps, two machines' events, a hundred lines of log.
// usage: node bench/queue.mjs [jobs]      needs redis-server, and lib/ compiled
import {fork, spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {openQueue} from '../lib/fleet/queue.js';
import {openRedis, parseQueueAddress} from '../lib/fleet/queue-address.js';
import {createTeller, parseTold, toldName} from '../lib/fleet/wire.js';

const self = fileURLToPath(import.meta.url);
const say = (line) => process.stderr.write(`${line}\n`);
const open = (port) => openQueue(parseQueueAddress(`redis://127.0.0.1:${port}`, true), {}, say);

/** As large as a real one: 3 kB. */
const makeData = (index) => ({
  formatVersion: 1,
  tool: {version: '0.1.0', puppet: 'a'.repeat(64), hiera: 'b'.repeat(64)},
  builds: [
    {
      buildId: `cdh5.7.${index}-nodeps`,
      plan: {arguments: Array.from({length: 60}, (_, n) => `-Dproperty.number.${n}=value-${index}`)},
    },
  ],
});

async function work(port, name) {
  const queue = await open(port);
  const active = new Map();
  const teller = createTeller(queue, {worker: name, host: name}, (id) => active.get(id));
  const at = new Date().toISOString();
  const worker = queue.work(name, 1, async (job) => {
    const {buildId} = job.data.builds[0];
    active.set(buildId, job.id);
    for (let step = 0; step < 10; step++) {
      teller.subscriber({type: 'step.started', at, runId: 'r', buildId, step: `Step ${step}`});
      for (let line = 0; line < 10; line++)
        teller.subscriber({
          type: 'log.line',
          at,
          runId: 'r',
          buildId,
          level: 'info',
          line: `[INFO] line ${line} of a log that is about as long as Maven's`,
        });
      teller.subscriber({
        type: 'step.finished',
        at,
        runId: 'r',
        buildId,
        step: `Step ${step}`,
        status: 'done',
        durationMs: 1,
      });
    }
    await teller.flush();
    active.delete(buildId);
    return {worker: {name}, builds: [{buildId, status: 'built'}]};
  });
  process.on('message', async () => {
    await worker.close();
    await queue.close();
    process.disconnect();
  });
  void worker.run();
  process.send('ready');
}

async function measure(port, workers, jobs) {
  const queue = await open(port);
  const children = Array.from({length: workers}, (_, index) =>
    fork(self, ['--worker', String(port), `w${index}`]),
  );
  const events = await queue.listen();
  let done = 0;
  let told = 0;
  let resolveDone;
  const all = new Promise((resolve) => (resolveDone = resolve));
  events.on(toldName, (fields) => (told += parseTold(fields).events.length));
  events.on('completed', () => ++done === jobs && resolveDone());
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))));
  const cpuBefore = process.cpuUsage();
  const addStart = performance.now();
  for (let from = 0; from < jobs; from += 500)
    await Promise.all(
      Array.from({length: Math.min(500, jobs - from)}, (_, n) =>
        queue.jobs.add('plan', makeData(from + n), {jobId: `${workers}-job-${from + n}`, priority: 10}),
      ),
    );
  const addMs = performance.now() - addStart;
  await all;
  const totalMs = performance.now() - addStart;
  const cpu = process.cpuUsage(cpuBefore);
  const redis = await openRedis(queue.address);
  const memory = /used_memory_peak:(\d+)/.exec(await redis.info('memory'))[1];
  redis.disconnect();
  const row = {
    workers,
    jobs,
    addPerSecond: Math.round((jobs / addMs) * 1000),
    donePerSecond: Math.round((jobs / totalMs) * 1000),
    redisPeakMiB: Math.round(memory / 1024 ** 2),
    coordinatorMiB: Math.round(process.memoryUsage().rss / 1024 ** 2),
    coordinatorCpuMsPerJob: Number(((cpu.user + cpu.system) / 1000 / jobs).toFixed(2)),
    eventsTold: told,
  };
  for (const child of children) child.send('end');
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
  await events.close();
  await queue.close();
  return row;
}

/** Of its own for each round: what Redis held at most is of that round. */
async function withRedis(act) {
  const folder = await mkdtemp(join(tmpdir(), 'build-spark-queue-'));
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  const redis = spawn(
    'redis-server',
    ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'yes'],
    {stdio: ['ignore', 'pipe', 'inherit']},
  );
  try {
    await new Promise((resolve) =>
      redis.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept') && resolve()),
    );
    return await act(port);
  } finally {
    redis.kill('SIGKILL');
    await rm(folder, {recursive: true, force: true});
  }
}

if (process.argv[2] === '--worker') await work(Number(process.argv[3]), process.argv[4]);
else {
  const jobs = Number(process.argv[2] ?? '10000');
  for (const workers of [1, 4, 16])
    console.log(JSON.stringify(await withRedis((port) => measure(port, workers, jobs))));
}
