#!/usr/bin/env node
// Walks one real machine of a provider through all that a build asks of it, without a build, and breaks it on the way:
//   node test/real/machine-path.mjs [--provider libvirt] [--memory 1024] [--golden] [--skip <name>,…]
// After `npm run build`; the provider's box must be there (`build-spark box build --provider libvirt`). One line a check with
// how long it took, then `N passed, N failed`; exit code 1 when one failed. With --golden the machine's disk is kept as a
// golden box of its own (never one that a build would take), a second machine starts from it, and both are compared.
// Emulated, it takes a quarter of an hour or more.
/* global AbortController */
import {Buffer} from 'node:buffer';
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs, promisify} from 'node:util';
import {createAsRoot} from '../../lib/core/as-root.js';
import {systemClock} from '../../lib/core/clock.js';
import {createExec} from '../../lib/core/exec.js';
import {planPaths} from '../../lib/core/paths.js';
import {createHost} from '../../lib/host/host.js';
import {readKvm} from '../../lib/host/kvm.js';
import {findBox, readBoxCatalogue} from '../../lib/machine/box-catalogue.js';
import {chooseGoldenDisk, packGoldenDisk, renderGoldenVolume} from '../../lib/machine/golden-disk.js';
import {readAddedBoxes} from '../../lib/machine/boxes.js';
import {createProvider} from '../../lib/machine/provider.js';
import {createVagrantMachine} from '../../lib/machine/vagrant.js';
import {removeVolume} from '../../lib/machine/volumes.js';
import {providerTools} from '../support/provider-tools.mjs';

const {values} = parseArgs({
  options: {
    provider: {type: 'string', default: 'libvirt'},
    memory: {type: 'string', default: '1024'},
    golden: {type: 'boolean', default: false},
    skip: {type: 'string', default: ''},
  },
});
const skipped = values.skip.split(',');
const {provider: name} = values;
const exec = createExec(process.env);
const paths = planPaths(process.env, homedir());
const asRoot = createAsRoot(process.getuid() === 0);
const host = createHost(exec, process.env, paths, process.version);
const {signal} = new AbortController();
const box = findBox(await readBoxCatalogue(), {provider: name, architecture: host.architecture});
const kvm = name === 'libvirt' ? await readKvm(host) : {works: true, reason: 'containers need none'};
console.log(`kvm: ${kvm.works ? 'works' : 'does not work'}: ${kvm.reason}`);
const tools = {exec, asRoot, paths, clock: systemClock, cgroup: 'v1'};
// So that no build ever takes what this keeps.
const data = {withR: false, mavenMinimum: '0-machine-path', caCertificates: {}};
const run = promisify(execFile);
const virsh = (...args) => run('virsh', ['-c', 'qemu:///system', ...args]);
const scratch = await mkdtemp(join(tmpdir(), 'machine-path-'));

let passed = 0;
let failed = 0;
async function check(what, work) {
  if (skipped.includes(what)) return undefined;
  const startMs = performance.now();
  const seconds = () => ((performance.now() - startMs) / 1000).toFixed(1).padStart(7);
  try {
    const note = await work();
    passed++;
    console.log(`ok     ${seconds()} s  ${what}${note === undefined ? '' : `: ${note}`}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${seconds()} s  ${what}: ${error?.message ?? error}`);
  }
}
function same(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

function makeMachine(suffix) {
  const id = `build-spark-path-${process.pid}-${suffix}`;
  const spec = {
    ...{id, buildId: `path-${suffix}`, provider: name, box: box.reference, cpus: 1},
    ...{memoryMib: Number(values.memory), isEmulated: !kvm.works, goldenBox: values.golden ? 'auto' : 'off'},
    bootTimeoutMs: kvm.works ? 300_000 : 3_000_000,
  };
  return createVagrantMachine(spec, join(paths.machines, id), createProvider(name, {exec, asRoot}), tools);
}

const machine = makeMachine('a');
const {id} = machine.spec;
let guest;
try {
  await check('up', () => machine.up(data, {signal}));
  await check('connect', async () => {
    guest = await machine.connect(signal);
    const recorded = await readFile(join(paths.machines, id, 'host-keys'), 'utf8').catch(
      () => 'from its disk',
    );
    return `host key ${recorded.split(' ')[0]}`;
  });
  await check('another host key is refused', async () => {
    const file = join(paths.machines, id, 'host-keys');
    const known = await readFile(file, 'utf8').catch(() => undefined);
    if (known === undefined) return 'not recorded by this provider';
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch, 'other')]);
    await writeFile(file, await readFile(join(scratch, 'other.pub'), 'utf8'));
    const answer = await machine.connect(signal).catch((error) => error);
    await writeFile(file, known);
    if (!(answer instanceof Error)) throw new Error('it was taken');
    return answer.message;
  });
  await check('home is sent as a tar', async () => {
    const home = join(scratch, 'home');
    await mkdir(join(home, 'spark/a b'), {recursive: true});
    const content = Buffer.alloc(5_000_000, 'spark');
    await writeFile(join(home, 'spark/a b/ü.bin'), content);
    await run('tar', ['-cf', `${home}.tar`, '-C', home, '.']);
    await guest.sendTar(`${home}.tar`, '/home/vagrant', {signal});
    const {stdout} = await guest.run(['sha256sum', '/home/vagrant/spark/a b/ü.bin'], {signal});
    same(stdout.split(' ')[0], createHash('sha256').update(content).digest('hex'), 'sha256');
  });
  await check('a folder is fetched', async () => {
    await guest.fetchFolder('/home/vagrant/spark', join(scratch, 'back'), {signal});
    same((await readFile(join(scratch, 'back/a b/ü.bin'))).length, 5_000_000, 'bytes');
  });
  await check('memory is limited', async () => {
    const {stdout} = await guest.run(['sed', '-n', 's/^MemTotal: *//p', '/proc/meminfo'], {signal});
    const kib = Number.parseInt(stdout, 10);
    if (kib > Number(values.memory) * 1024) throw new Error(`${kib} KiB`);
    const hog = [
      'bash',
      '-c',
      `head -c ${Number(values.memory) * 2}M /dev/zero | tail -n 1 >/dev/null; echo "\${PIPESTATUS[*]}"`,
    ];
    const {stdout: codes} = await guest.run(hog, {signal});
    const {stdout: kills} = await guest.run(['sed', '-n', 's/^oom_kill //p', '/proc/vmstat'], {signal});
    if (!/137/.test(codes)) throw new Error(`the hog ended with ${codes}`);
    return `${Math.round(kib / 1024)} MiB; a process that wanted twice as much was killed (oom_kill ${kills.trim()})`;
  });
  await check('a disk that fills says so', async () => {
    const {exitCode, stderr} = await guest.run(['sudo', 'fallocate', '-l', '100G', '/home/vagrant/full'], {
      ...{signal, allow: 'any'},
    });
    await guest.run(['sudo', 'rm', '-f', '/home/vagrant/full'], {signal});
    if (exitCode === 0) throw new Error('it took 100 GiB');
    return stderr.trim();
  });
  if (values.golden && name === 'libvirt') await goldenBox();
  await check('network cut', async () => {
    if (name !== 'libvirt') return 'only tried with libvirt';
    const {stdout} = await virsh('domiflist', id);
    const link = /vnet\d+/.exec(stdout)?.[0] ?? '';
    const startMs = performance.now();
    const running = guest.run(['sleep', '3000'], {signal}).catch((error) => error);
    await sleep(2_000);
    await virsh('domif-setlink', id, link, 'down');
    const answer = await running;
    await virsh('domif-setlink', id, link, 'up');
    same(answer.name, 'ConnectionLostError', 'error');
    same(await machine.state(signal), 'running', 'state');
    return `${answer.message} after ${Math.round((performance.now() - startMs) / 1000)} s`;
  });
  await check('power off from inside', async () => {
    guest.close();
    guest = await machine.connect(signal);
    await guest.run(['sudo', 'poweroff', '-f'], {signal, allow: 'any'}).catch(() => undefined);
    for (let second = 0; (await machine.state(signal)) === 'running'; second++) {
      if (second === 300) throw new Error('it still runs after 300 s');
      await sleep(1_000);
    }
    same(await machine.state(signal), 'stopped', 'state');
  });
} finally {
  guest?.close();
  await destroy(machine);
  await rm(scratch, {recursive: true, force: true});
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function destroy(one) {
  await check(`destroy ${one.spec.id}`, async () => {
    await one.destroy({signal});
    same(await one.state(signal), 'absent', 'state');
    const listed = await providerTools[name].list((...argv) => run(argv[0], argv.slice(1)));
    const left = Object.entries(listed).flatMap(([where, names]) =>
      names.filter((each) => each.includes(one.spec.id)).map((each) => `${where}: ${each}`),
    );
    same(left.join(', '), '', 'left');
  });
}

async function goldenBox() {
  const [added] = (await readAddedBoxes({exec, paths})).filter(
    (each) => each.provider === name && each.name === box.reference.name,
  );
  const {packAs: key} = await chooseGoldenDisk(tools, added, data);
  if (key === undefined) throw new Error('there is a golden box of an earlier run of this script already');
  await check('golden box: packed, and the machine goes on', async () => {
    await guest.run(['sudo', 'touch', '/opt/provisioned'], {signal});
    await packGoldenDisk(tools, guest, {id, key, secrets: [], signal});
    const again = await machine.connect(signal);
    await again.run(['test', '-f', '/home/vagrant/spark/a b/ü.bin'], {signal});
    again.close();
  });
  const second = makeMachine('b');
  try {
    await check('golden box: a second machine starts from it', async () => {
      await second.up(data, {signal});
      same(second.readGolden(), key, 'golden');
      await second.provision({signal});
      const other = await second.connect(signal);
      await other.run(['test', '-f', '/opt/provisioned'], {signal});
      const {exitCode} = await other.run(['test', '-e', '/home/vagrant/spark'], {signal, allow: 'any'});
      if (exitCode === 0) throw new Error('the home of the first is in it');
      other.close();
      const read = (each) => readFile(join(paths.machines, each.spec.id, 'host-keys'), 'utf8');
      if ((await read(machine)) === (await read(second))) throw new Error('it has the host key of the first');
    });
  } finally {
    await destroy(second);
    await removeVolume(tools, renderGoldenVolume(key));
  }
}
