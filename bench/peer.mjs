// The tool against Debian's packer 1.6 with its lxc builder: the same box, source, script and words, and a dist at the end.
import {execFileSync, spawn} from 'node:child_process';
import {createWriteStream, existsSync} from 'node:fs';
import {cp, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {fileURLToPath, URL} from 'node:url';
import {skipTestArguments} from '../lib/maven/dependency-plan.js';
import {openResults, printConditions, printTable, renderMedian, renderRow} from './measure.mjs';
import {openRoutes} from './routes.mjs';

export const usage = 'peer [--release 5.7.0] [--runs 5] [--resume <file>] [--work <folder>]';
export const options = {
  release: {type: 'string', default: '5.7.0'},
  runs: {type: 'string', default: '5'},
  resume: {type: 'string'},
  work: {type: 'string'},
};

const template = fileURLToPath(new URL('packer/template.json', import.meta.url));
const name = 'packer-bench';
const box = join(
  process.env.VAGRANT_HOME ?? join(homedir(), '.vagrant.d'),
  'boxes/build-spark-VAGRANTSLASH-debian-13/0/lxc',
);
const certificates = '/usr/local/share/ca-certificates';
/** What packer says when a phase begins; the phase lasts until the next one. */
const phases = [
  [/Creating container/, 'create'],
  [/Waiting for container/, 'boot'],
  [/Provisioning with shell/, 'clone, patch, build'],
  [/Downloading/, 'copy back'],
  [/Exporting container/, 'export of the image'],
  [/Unregistering and deleting/, 'destroy'],
];

async function writeInputs({repository, readRelease, work}, release) {
  const folder = join(work, 'packer');
  const source = join(folder, 'source');
  await rm(folder, {recursive: true, force: true});
  await mkdir(join(source, 'ca'), {recursive: true});
  const {tag, script, patch, words} = await readRelease(release);
  await cp(repository, join(source, 'spark.git'), {recursive: true});
  await cp(patch, join(source, 'changes.patch'));
  await writeFile(
    join(source, 'arguments'),
    words.flatMap((word) => (skipTestArguments.includes(word) ? [] : [`${word}\n`])).join(''),
  );
  for (const file of await readdir(certificates).catch(() => []))
    await cp(join(certificates, file), join(source, 'ca', file), {recursive: true});
  const config = [
    await readFile(join(box, 'lxc-config'), 'utf8'),
    'lxc.net.0.type = veth\nlxc.net.0.link = lxcbr0\nlxc.net.0.flags = up\n',
    `lxc.mount.entry = ${source} source none bind,ro,create=dir 0 0\n`,
  ];
  await writeFile(join(folder, 'lxc.conf'), config.join(''));
  const variables = {name, folder, rootfs: join(box, 'rootfs.tar.gz'), ref: tag, script};
  return {folder, words: Object.entries(variables).flatMap(([key, value]) => ['-var', `${key}=${value}`])};
}

async function runPacker({folder, words}) {
  await rm(join(folder, 'image'), {recursive: true, force: true});
  await rm(join(folder, 'dist.tar.gz'), {force: true});
  const start = performance.now();
  const child = spawn('packer', ['build', '-color=false', ...words, template], {
    env: {...process.env, CHECKPOINT_DISABLE: '1'},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log = createWriteStream(join(folder, 'packer.log'));
  const begins = [];
  createInterface({input: child.stdout}).on('line', (line) => {
    log.write(`${line}\n`);
    const phase = phases.find(([pattern]) => pattern.test(line))?.[1];
    if (phase !== undefined && begins.every((begun) => begun.phase !== phase))
      begins.push({phase, atMs: performance.now()});
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const end = performance.now();
  if (code !== 0 || !existsSync(join(folder, 'dist.tar.gz')))
    throw new Error(`packer ended with ${code}: see ${join(folder, 'packer.log')}`);
  return {
    ms: end - start,
    phases: Object.fromEntries(
      begins.map(({phase, atMs}, index) => [phase, (begins[index + 1]?.atMs ?? end) - atMs]),
    ),
  };
}

export async function run({release, runs, resume, work}) {
  const {results, measure, rounds} = openResults(resume);
  const routes = await openRoutes({source: 'sample', ...(work === undefined ? {} : {work})});
  const inputs = await writeInputs(routes, release);
  try {
    for (let round = 1; round <= Number(runs); round++) {
      const caches = `caches-peer-${round}`;
      await measure(`${round}/packer`, () => runPacker(inputs));
      await measure(`${round}/first`, async () => {
        await routes.makeCaches(caches);
        await routes.clear();
        return routes.build(release, [], caches);
      });
      await measure(`${round}/second`, () => routes.build(release, ['--force'], caches));
      await routes.removeCaches(caches);
    }
  } finally {
    // What an interrupted packer leaves; nobody else's machine has this name.
    const machines = execFileSync('lxc-ls', ['-1'], {encoding: 'utf8'}).split('\n');
    if (machines.includes(name)) execFileSync('lxc-destroy', ['-f', '-n', name]);
  }
  const packer = rounds('packer');
  const row = (text, name) => renderRow(text, rounds(name), packer);
  printTable(
    ['one build', 'of packer', 'time', 'runs'],
    [
      row('packer 1.6, lxc builder', 'packer'),
      row('ours, caches empty', 'first'),
      row('ours, the same release again (`--force`)', 'second'),
    ],
  );
  printTable(
    ["packer's phase", 'time'],
    phases.map(([, phase]) => [phase, renderMedian(packer, (result) => result.phases[phase] ?? 0)]),
  );
  printConditions(results);
}
