#!/usr/bin/env node
// Whether the Maven cache keeps apart what came from Cloudera's repository and what came from Maven Central: one small
// source is built by `cloudera` and by `apache` in turn, in real lxc machines, and what each left in the cache is read:
//   node test/real/cloudera-repository/separation.mjs [--rounds 3] [--tool <bin/build-spark>]
// About a minute a build. One line a build; exit code 1 when an artifact of one is in the set of the other.
import {mkdir, readdir, readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {clearScene, createScene, defaultLauncher, runTool} from '../../support/scene.mjs';
import {openRig} from './rig.mjs';
import {makeSmallSource} from './small-source.mjs';

const {values} = parseArgs({
  options: {rounds: {type: 'string', default: '3'}, tool: {type: 'string', default: defaultLauncher}},
});
const sets = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'build-spark/maven/builds');
const list = () => readdir(sets).catch(() => []);
const before = new Set(await list());
const scene = await createScene({launcher: values.tool});
const place = join(scene.folder, 'small');
await mkdir(place);
const source = await makeSmallSource({run: (argv) => runTool(scene, argv), folder: place});
let asked = 0;
const rig = await openRig({address: '10.0.3.1', port: 8743, log: () => (asked += 1)});
let wrong = 0;

const isOf = {
  cloudera: ({path, repository}) => /-cdh\d/.test(path) === (repository !== 'central'),
  apache: ({path, repository}) => !/-cdh\d/.test(path) && repository === 'central',
};

for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const mode of ['cloudera', 'apache']) {
    asked = 0;
    const {code, durationMs, stderr} = await runTool(
      scene,
      [
        ...['--cdh', '5.5.2', '--source', source, '--provider', 'lxc', '--memory', '2g', '--force'],
        ...['--output', scene.output, '--label', scene.label, '--json', '--dependencies', mode],
        ...['--mirror', `cdh.repo=${rig.url}`, '--ca-cert', rig.caFile],
      ],
      {timeoutMs: 600_000, logName: `${mode}-${round}`},
    );
    const names = (await list()).filter((name) => !before.has(name));
    const found = await Promise.all(
      names.map(async (name) => ({name, ...JSON.parse(await readFile(join(sets, name), 'utf8'))})),
    );
    const strays = found.flatMap(({name, artifacts}) =>
      artifacts
        .filter((each) => !isOf[name.includes('-apache-') ? 'apache' : 'cloudera'](each))
        .map(({path}) => `${name}: ${path}`),
    );
    // The first by `cloudera` fetches; what asks later was not kept, or was asked by the wrong one.
    const isRight = code === 0 && strays.length === 0 && (mode === 'cloudera' || asked === 0);
    if (!isRight) wrong += 1;
    const counts = found.map(
      ({name, artifacts}) => `${name.includes('-apache-') ? 'apache' : 'cloudera'} ${artifacts.length}`,
    );
    console.log(
      `${isRight ? 'ok   ' : 'FAIL '} ${round} ${mode}: exit ${code}, ${Math.round(durationMs / 1000)} s; ` +
        `kept ${counts.join(', ')}; the repository was asked ${asked} times`,
    );
    for (const stray of strays) console.log(`      ${stray}`);
    if (code !== 0) console.log(stderr.slice(-2000));
  }
}
await rig.close();
console.log(wrong === 0 ? 'Nothing of one is with the other.' : `${wrong} failed: ${scene.folder}`);
if (wrong === 0) await clearScene(scene);
process.exitCode = wrong === 0 ? 0 : 1;
