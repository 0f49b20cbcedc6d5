// Measures again what docs/ha-evidence.md says of a proxy that impala-ha made, beside the original article's configuration.
// usage: npm run build && node bench/ha-tables.mjs [--rate <queries a second and port>]     loopback only, about 5 minutes
import console from 'node:console';
import {once} from 'node:events';
import {connect} from 'node:net';
import {performance} from 'node:perf_hooks';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import hive from 'hive-driver';
import {drainDaemon, undrainDaemon} from '../lib/impala-ha/drain-server.js';
import {openHiveSession} from '../lib/remote/hive-client.js';
import {planFrontends} from '../lib/impala-ha/frontends.js';
import {readConnections, readServers, setServerState} from '../lib/impala-ha/runtime-socket.js';
import {systemClock} from '../lib/core/clock.js';
import {articleAddress, checkedAddress, names, openScene, ports, proxy, startDaemon} from './ha-scene.mjs';

const {values} = parseArgs({options: {rate: {type: 'string', default: '8'}}});
const rate = Number(values.rate);
const plain = {type: 'plain', user: 'bench', password: 'x'};
const targetOf = (name) => ({
  host: proxy,
  port: ports[name],
  login: name === 'thriftserver' ? plain : {type: 'nosasl'},
});
const article = {host: articleAddress, port: 5000, login: {type: 'nosasl'}};
const checked = {...article, host: checkedAddress};
const open = (target) => openHiveSession(target, {timeoutMs: 60_000});
async function query(target) {
  const session = await open(target);
  try {
    return (await session.query('select 1'))[0]?.[0];
  } catch (error) {
    // HAProxy's log knows it by its port.
    throw Object.assign(error, {localPort: session.localPort});
  } finally {
    await session.close();
  }
}

/** Starts a query every 1/rate s, whether or not the others have ended. */
function load(target, perSecond = rate) {
  const samples = [];
  const running = new Set();
  let isOn = true;
  const one = async () => {
    const startMs = performance.now();
    const sample = await query(target).then(
      (answer) => ({answer}),
      (error) => ({error: error.message, localPort: error.localPort}),
    );
    samples.push({...sample, startMs, ms: performance.now() - startMs});
  };
  const ended = (async () => {
    while (isOn) {
      const each = one().finally(() => running.delete(each));
      running.add(each);
      await delay(1_000 / perSecond);
    }
    await Promise.all(running);
  })();
  return {
    samples,
    stop: async () => {
      isOn = false;
      await ended;
      return samples;
    },
  };
}

const failedOf = (samples) => samples.filter(({error}) => error !== undefined);
const percentile = (samples, part) => {
  const times = samples
    .filter(({error}) => error === undefined)
    .map(({ms}) => ms)
    .sort((a, b) => a - b);
  return Math.round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0);
};
const spread = (list) =>
  names.map((_, index) => list.filter((each) => each?.endsWith(String(index + 1))).length).join('/');
const row = (...cells) => {
  console.log(`| ${cells.join(' | ')} |`);
};
const range = (list) =>
  list.some((each) => each === undefined)
    ? 'not in 30 s'
    : `${Math.min(...list).toFixed(1)}-${Math.max(...list).toFixed(1)}`;

/** Connections that ask again and again; each tells what became of it. */
async function holdSessions(target, count) {
  const held = [];
  for (let index = 0; index < count; index++) {
    const session = await open(target);
    const [[server]] = await session.query('select 1');
    held.push({session, server, pings: 1, cutMs: undefined});
  }
  let isOn = true;
  const work = held.map(async (each) => {
    while (isOn && each.cutMs === undefined) {
      try {
        await each.session.query('select 1');
        each.pings += 1;
      } catch {
        each.cutMs = performance.now();
      }
      await delay(300);
    }
  });
  return {
    held,
    stop: async () => {
      isOn = false;
      await Promise.all(work);
      await Promise.all(held.map(({session}) => session.close()));
      return held;
    },
  };
}

const scene = await openScene();
const daemons = await Promise.all(names.map((_, index) => startDaemon(index)));
process.on('SIGINT', () => process.exit(130));
process.on('exit', () => daemons.forEach(({child}) => child.kill('SIGKILL')));
const frontends = planFrontends(scene.specOf());
const tools = {socket: scene.socket, clock: systemClock, signal: new globalThis.AbortController().signal};
try {
  await scene.apply();
  console.log(`\n${rate} queries a second and port; each: connect, open session, query, fetch, close\n`);

  console.log(
    '| port | tried | cut | lost | out after s | back after s | p50 / p99 / max ms |\n|---|---|---|---|---|---|---|',
  );
  const kinds = Object.keys(ports);
  const loads = Object.fromEntries(kinds.map((kind) => [kind, load(targetOf(kind))]));
  const times = Object.fromEntries(kinds.map((kind) => [kind, {out: [], back: []}]));
  await delay(1_000);
  const kills = [];
  for (const index of names.keys()) {
    const beginMs = performance.now();
    await daemons[index].kill();
    kills.push({beginMs, endMs: performance.now()});
    const ours = (kind) => (backend) => backend === `be_${kind}`;
    await Promise.all(
      kinds.map(async (kind) => times[kind].out.push(await scene.waitFor(index, 'DOWN', ours(kind)))),
    );
    await delay(2_000);
    daemons[index] = await startDaemon(index);
    await Promise.all(
      kinds.map(async (kind) => times[kind].back.push(await scene.waitFor(index, 'UP', ours(kind)))),
    );
    await delay(1_000);
  }
  // On its way when the daemon was killed: in tcp mode nobody but the client can repeat it.
  const isCut = ({startMs, ms}) =>
    kills.some(({beginMs, endMs}) => startMs <= endMs && startMs + ms >= beginMs);
  const countFailed = (samples) => [
    failedOf(samples).filter(isCut).length,
    failedOf(samples).filter((each) => !isCut(each)).length,
  ];
  const all = [];
  for (const kind of kinds) {
    const samples = await loads[kind].stop();
    all.push(...samples);
    const {out, back} = times[kind];
    const shown = [0.5, 0.99, 1].map((part) => percentile(samples, part)).join(' / ');
    row(`${ports[kind]} ${kind}`, samples.length, ...countFailed(samples), range(out), range(back), shown);
  }
  row(
    'all',
    all.length,
    ...countFailed(all),
    '',
    '',
    [...new Set(failedOf(all).map(({error}) => error))].join('; '),
  );

  // Of those that nobody cut: whom HAProxy gave them to, and how it says that they ended.
  await delay(1_000);
  for (const {error, startMs, ms, localPort} of failedOf(all).filter((each) => !isCut(each))) {
    const begunS = kills.map(({endMs}) => ((startMs - endMs) / 1_000).toFixed(1)).join(', ');
    const known = scene.connections.filter(({port}) => port === localPort);
    console.log(
      `lost: ${error} It began ${begunS} s after the kills and took ${Math.round(ms)} ms; HAProxy: ${JSON.stringify(known)}`,
    );
  }
  const ends = new Map();
  for (const {end} of scene.connections) ends.set(end, (ends.get(end) ?? 0) + 1);
  console.log(`\nHow HAProxy says that connections ended: ${JSON.stringify(Object.fromEntries(ends))}`);

  console.log('\n| test | tried | failed | figure |\n|---|---|---|---|');
  for (const kind of ['beeswax', 'hs2']) {
    const answers = [];
    for (let count = 0; count < 60; count++) answers.push(await query(targetOf(kind)));
    row(`all up, ${kind} in sequence`, 60, 0, spread(answers));
  }
  const hue = [];
  for (let count = 0; count < 9; count++) hue.push(await query(targetOf('hue')));
  row('all up, Hue from one address', 9, 0, spread(hue));
  {
    const sockets = [];
    for (let last = 1; last <= 60; last++) {
      const socket = connect({host: proxy, port: ports.hue, localAddress: `127.77.231.${last}`});
      await once(socket, 'connect');
      sockets.push(socket);
    }
    await delay(300);
    const mine = new Set(sockets.map(({localPort}) => localPort));
    const found = (await readConnections(scene.socket)).filter(
      ({backend, clientPort}) => backend === 'be_hue' && mine.has(clientPort),
    );
    row('all up, Hue from 60 addresses', 60, 0, spread(found.map(({server}) => server)));
    sockets.forEach((socket) => socket.destroy());
  }

  // One dead daemon: the article sends every third client to it, for ever.
  await daemons[0].kill();
  await scene.waitFor(0, 'DOWN');
  for (const [name, target] of [
    ['article', article],
    ['impala-ha', targetOf('hs2')],
  ]) {
    const samples = await Promise.all(
      Array.from({length: 90}, async (_, index) => {
        await delay(index * 60);
        const startMs = performance.now();
        return query(target).then(
          () => ({ms: performance.now() - startMs}),
          (error) => ({error: error.message, ms: performance.now() - startMs}),
        );
      }),
    );
    const failed = failedOf(samples);
    row(
      `one daemon dead, ${name}`,
      90,
      failed.length,
      failed.length === 0
        ? 'no client notices'
        : `each after ${(Math.min(...failed.map(({ms}) => ms)) / 1_000).toFixed(1)} s`,
    );
  }
  daemons[0] = await startDaemon(0);
  await scene.waitFor(0, 'UP');

  // A frozen daemon: the kernel still accepts for it.
  {
    const running = load(targetOf('hs2'));
    const thrift = load(targetOf('thriftserver'));
    await delay(1_000);
    daemons[1].freeze();
    const out = await Promise.all([
      scene.waitFor(1, 'DOWN', (backend) => backend === 'be_hs2'),
      scene.waitFor(1, 'DOWN', (backend) => backend === 'be_thriftserver'),
    ]);
    await delay(2_000);
    for (const [name, each, seconds] of [
      ['Impala', running, out[0]],
      ['Thriftserver', thrift, out[1]],
    ]) {
      const samples = await each.stop();
      row(
        `frozen daemon, ${name}`,
        samples.length,
        failedOf(samples).length,
        `out after ${seconds?.toFixed(1) ?? 'never'} s`,
      );
    }
    for (const [name, target] of [
      ['article', article],
      ['a check that only connects', checked],
    ]) {
      const samples = await Promise.all(
        Array.from({length: 12}, () => {
          const startMs = performance.now();
          return openHiveSession(target, {timeoutMs: 8_000}).then(
            (session) => session.close().then(() => ({})),
            (error) => ({error: error.message, ms: performance.now() - startMs}),
          );
        }),
      );
      row(
        `frozen daemon, ${name}`,
        12,
        failedOf(samples).length,
        'clients wait until they give up themselves (here 8 s); never taken out',
      );
    }
    daemons[1].thaw();
    await scene.waitFor(1, 'UP');
  }

  // Long connections.
  for (const how of ['kill', 'freeze']) {
    const long = await holdSessions(targetOf('hs2'), 30);
    await delay(500);
    const startMs = performance.now();
    if (how === 'kill') await daemons[2].kill();
    else daemons[2].freeze();
    await scene.waitFor(2, 'DOWN');
    await delay(1_500);
    const held = await long.stop();
    const cut = held.filter(({cutMs}) => cutMs !== undefined);
    const own = held.filter(({server}) => server === names[2]);
    const latest = Math.max(...cut.map(({cutMs}) => cutMs - startMs)) / 1_000;
    row(
      `30 long connections, ${how} 1 of 3`,
      30,
      cut.length,
      `${own.length} were its own; the last cut after ${latest.toFixed(1)} s`,
    );
    if (how === 'kill') daemons[2] = await startDaemon(2);
    else daemons[2].thaw();
    await scene.waitFor(2, 'UP');
  }

  // Drain.
  {
    const long = await holdSessions(targetOf('hs2'), 30);
    await drainDaemon(tools, frontends, names[0], {isForced: false});
    const answers = [];
    for (let count = 0; count < 30; count++) answers.push(await query(targetOf('hs2')));
    const onHue = [];
    for (let count = 0; count < 9; count++) onHue.push(await query(targetOf('hue')));
    const held = await long.stop();
    await undrainDaemon(tools, frontends, names[0]);
    const own = held.filter(({server}) => server === names[0]);
    row(
      'drain, new clients',
      39,
      0,
      `to the drained one ${[...answers, ...onHue].filter((each) => each === names[0]).length}; of its ${own.length} old ones cut ${own.filter(({cutMs}) => cutMs !== undefined).length}`,
    );
  }

  // Maintenance at once, by the runtime socket: what drain is for.
  {
    const long = await holdSessions(targetOf('hs2'), 30);
    const server = {backend: 'be_hs2', server: names[0]};
    const startMs = performance.now();
    await setServerState(scene.socket, server, 'maint');
    await delay(3_000);
    const held = await long.stop();
    await setServerState(scene.socket, server, 'ready');
    const cut = held.filter(({cutMs}) => cutMs !== undefined);
    row(
      '30 long connections, maint for 1 of 3',
      30,
      cut.length,
      `${held.filter(({server}) => server === names[0]).length} were its own; the last cut after ${(Math.max(...cut.map(({cutMs}) => cutMs - startMs)) / 1_000).toFixed(1)} s`,
    );
    await scene.waitFor(0, 'UP');
  }

  // Reloads: apply itself, with another interval each time.
  {
    const long = await holdSessions(targetOf('hs2'), 30);
    const running = load(targetOf('hs2'), rate * 2);
    for (const interval of ['1900ms', '1800ms', '1700ms', '1600ms', '2s']) await scene.apply(interval);
    const samples = await running.stop();
    const held = await long.stop();
    row(
      '5 times apply (reload) under load',
      samples.length,
      failedOf(samples).length,
      `30 long connections: ${held.filter(({cutMs}) => cutMs !== undefined).length} cut, ${held.reduce((sum, {pings}) => sum + pings, 0)} queries in them`,
    );
  }
  {
    const running = load(targetOf('hs2'), rate * 2);
    let why = 'taken, although it is broken';
    await scene
      .apply('2s', (spec) => `x${spec.proxy.host}\n`)
      .catch(() => (why = 'refused; the old one serves'));
    const samples = await running.stop();
    row('apply of a broken configuration under load', samples.length, failedOf(samples).length, why);
  }

  // A session that travels over two connections, as Hue's pool does.
  for (const kind of ['hs2', 'hue']) {
    let failed = 0;
    for (let count = 0; count < 15; count++) if (!(await travels(targetOf(kind)))) failed += 1;
    row(
      `one session over two connections, ${kind === 'hue' ? 'Hue' : 'HS2'} port`,
      15,
      failed,
      kind === 'hue' ? 'source: always found' : 'leastconn: that is why Hue has a port of its own',
    );
  }

  // An executor: /healthz is there, the port for clients is not.
  {
    await daemons[2].kill();
    const executor = await startDaemon(2, {isExecutor: true});
    await scene.waitFor(2, 'DOWN', (backend) => backend === 'be_hs2');
    await delay(3_000);
    const found = (await readServers(scene.socket)).find(
      ({backend, server}) => backend === 'be_hs2' && server === names[2],
    );
    row('executor without port for clients', 1, 0, `${found?.status}: ${found?.reason}`);
    await executor.kill();
    daemons[2] = await startDaemon(2);
    await scene.waitFor(2, 'UP');
  }

  // Hue after its daemon was away, and after a reload.
  {
    const first = await query(targetOf('hue'));
    const index = names.indexOf(first);
    await daemons[index].kill();
    await scene.waitFor(index, 'DOWN');
    const second = await query(targetOf('hue'));
    daemons[index] = await startDaemon(index);
    await scene.waitFor(index, 'UP');
    const third = await query(targetOf('hue'));
    await scene.apply('1500ms');
    const fourth = await query(targetOf('hue'));
    row(
      'Hue, its daemon dies and returns',
      3,
      0,
      third === second ? 'stays with the second' : 'goes back: a second loss',
    );
    row('Hue, apply (reload) after that', 1, 0, fourth === second ? 'stays' : 'sent elsewhere');
  }
} finally {
  await Promise.all(
    daemons.map(({kill, child}) =>
      child.exitCode === null && child.signalCode === null ? kill() : undefined,
    ),
  );
  await scene.stopAll();
}
process.exit(0);

async function travels(target) {
  const {TCLIService, TCLIService_types: types} = hive.thrift;
  const connectOne = async () => {
    const client = new hive.HiveClient(TCLIService, types);
    client.on('error', () => undefined);
    await client.connect(
      {host: target.host, port: target.port},
      new hive.connections.TcpConnection(),
      new hive.auth.NoSaslAuthentication(),
    );
    return client;
  };
  const [one, two] = [await connectOne(), await connectOne()];
  const session = await one.openSession({client_protocol: 5});
  const driver = new hive.HiveDriver(types, two.getClient());
  const reply = await driver.executeStatement({
    sessionHandle: session.sessionHandle,
    statement: 'select 1',
    runAsync: true,
  });
  one.close();
  two.close();
  return reply.status.statusCode === types.TStatusCode.SUCCESS_STATUS;
}
