// Cuts an install at random moments, and looks whether the node has the old state or the new one, and nothing between.
// The node is an LXC guest of test/support/cdh-node/make; it is looked at from outside, through its root file system.
import {createHash, randomInt} from 'node:crypto';
import {spawn, spawnSync} from 'node:child_process';
import {lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {parseArgs} from 'node:util';

const {values} = parseArgs({
  options: {
    machine: {type: 'string'},
    host: {type: 'string'},
    dist: {type: 'string'},
    tool: {type: 'string', default: new URL('../../bin/build-spark', import.meta.url).pathname},
    layout: {type: 'string', default: 'overlay'},
    cuts: {type: 'string', default: '10'},
    seed: {type: 'string'},
    report: {type: 'string'},
  },
});
const {machine, host, dist, tool, layout} = values;
if (machine === undefined || host === undefined || dist === undefined) {
  console.error(
    'usage: install-cuts.mjs --machine <lxc guest> --host <target> --dist <folder> [--layout overlay|recipe] [--cuts 10] [--seed <n>] [--tool <bin/build-spark>] [--report <file>]',
  );
  process.exit(2);
}
const root = `/var/lib/lxc/${machine}/rootfs`;
const name = basename(dist);
const seed = Number(values.seed ?? randomInt(1_000_000));
const random = createRandom(seed);
const ways = ['the tool is killed', "the guest's sshd is killed", 'the network is down'];

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const guest = (...argv) =>
  spawnSync('lxc-attach', ['-n', machine, '--clear-env', '--', ...argv], {encoding: 'utf8'});

function start(...words) {
  const child = spawn(tool, ['install', dist, '--host', host, '--layout', layout, ...words], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const ended = new Promise((resolve) => child.once('close', (code) => resolve({code, text})));
  return {child, ended};
}

async function run(...words) {
  const begun = performance.now();
  const {code, text} = await start(...words).ended;
  if (code !== 0) throw new Error(`install ${words.join(' ')} ended with ${code}:\n${text}`);
  return {ms: performance.now() - begun, text};
}

/** Everything that an install of either layout may touch, by content, mode and owner. */
function look() {
  const hash = createHash('sha256');
  const visit = (path) => {
    let entry;
    try {
      entry = lstatSync(path);
    } catch {
      hash.update(`${path}: none\n`);
      return;
    }
    const head = `${path} ${(entry.mode & 0o7777).toString(8)} ${entry.uid}:${entry.gid}`;
    if (entry.isSymbolicLink()) hash.update(`${path} -> ${readlinkSync(path)}\n`);
    else if (entry.isDirectory()) {
      hash.update(`${head}\n`);
      for (const each of readdirSync(path).sort()) visit(join(path, each));
    } else hash.update(`${head} ${createHash('sha256').update(readFileSync(path)).digest('hex')}\n`);
  };
  visit(join(root, 'opt/cloudera/parcels'));
  const link = join(root, 'opt/build-spark', name);
  visit(link);
  try {
    visit(join(root, 'opt/build-spark', readlinkSync(link)));
  } catch {
    // No overlay.
  }
  return hash.digest('hex');
}

/** What goes on over there after the cut is given its time. */
async function waitForAgent() {
  for (let second = 0; second < 120; second++) {
    const {stdout} = guest('ps', '-eo', 'args');
    if (!stdout.split('\n').some((line) => line.includes('/opt/build-spark/.state/agent.sh'))) return;
    await sleep(1_000);
  }
  throw new Error('The agent does not end.');
}

function findLink() {
  const {stdout} = spawnSync('lxc-info', ['-n', machine], {encoding: 'utf8'});
  return /^Link:\s+(\S+)/m.exec(stdout)?.[1];
}

/** @returns What undoes it. */
function cut(way, child) {
  if (way === ways[1]) {
    const {stdout} = guest('ps', '-eo', 'pid=,args=');
    const pids = stdout
      .split('\n')
      .filter((line) => /sshd(?:-session)?: /.test(line) && !line.includes('listener'))
      .map((line) => line.trim().split(' ')[0]);
    if (pids.length > 0) guest('kill', '-9', ...pids);
    return () => undefined;
  }
  if (way === ways[2]) {
    const link = findLink();
    spawnSync('ip', ['link', 'set', link, 'down']);
    return () => {
      // The tool itself would notice after a minute; it is not waited for.
      kill(child);
      spawnSync('ip', ['link', 'set', link, 'up']);
    };
  }
  kill(child);
  return () => undefined;
}

function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Repeats with the same seed. Source: mulberry32, public domain. */
function createRandom(start) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const before = look();
const {ms} = await run();
const after = look();
if (after === before) throw new Error('The install changed nothing: take it back first, with --rollback.');
await run('--rollback');
if (look() !== before) throw new Error('The rollback did not bring back the old state.');
console.log(`${layout}: an install takes ${Math.round(ms)} ms, a rollback restores all. Seed ${seed}.`);

const results = [];
for (let index = 0; index < Number(values.cuts); index++) {
  const way = ways[index % ways.length];
  const delayMs = Math.round(random() * ms * 1.1);
  const {child, ended} = start();
  const hasEnded = await Promise.race([sleep(delayMs).then(() => false), ended.then(() => true)]);
  const mend = cut(way, child);
  await sleep(500);
  await waitForAgent();
  const found = look();
  mend();
  await ended;
  const state = found === before ? 'old' : found === after ? 'new' : 'BETWEEN';
  await waitForAgent();
  let repeated = 'finished by the same command';
  try {
    await run();
    if (look() !== after) repeated = 'NOT FINISHED by the same command';
    await run('--rollback');
    if (look() !== before) repeated += ', NOT RESTORED by --rollback';
  } catch (error) {
    repeated = `FAILED: ${error.message}`;
  }
  results.push({way, delayMs, hasEnded, state, repeated});
  console.log(
    `${index + 1}: ${way} after ${delayMs} ms${hasEnded ? ' (it had ended)' : ''}: ${state}; then ${repeated}`,
  );
  if (values.report !== undefined)
    writeFileSync(values.report, `${JSON.stringify({layout, seed, ms, results}, undefined, 2)}\n`);
}
const bad = results.filter(({state, repeated}) => state === 'BETWEEN' || /NOT|FAILED/.test(repeated));
console.log(`${layout}: ${results.length} cuts, ${bad.length} of them between or not to be finished.`);
process.exitCode = bad.length === 0 ? 0 : 1;
