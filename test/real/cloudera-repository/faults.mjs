#!/usr/bin/env node
// What the tool says when Cloudera's repository fails: a small source is built in a real lxc machine against the rig,
// which fails once in each way:
//   node test/real/cloudera-repository/faults.mjs [--only <text>] [--list] [--tool <bin/build-spark>]
// Half a minute to a minute each. Prints kind, message and hint of each, compares them with what is right, and ends in
// `N passed, N failed`; exit code 1 when one failed. The host must be ready (`build-spark doctor`); tinyproxy for two.
import {mkdir} from 'node:fs/promises';
import process from 'node:process';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {clearScene, createScene, defaultLauncher, findLeftovers, runTool} from '../../support/scene.mjs';
import {cases} from './fault-cases.mjs';
import {startProxy} from './proxy.mjs';
import {openRig} from './rig.mjs';
import {makeSmallSource} from './small-source.mjs';

const {values} = parseArgs({
  options: {
    only: {type: 'string', default: ''},
    list: {type: 'boolean', default: false},
    tool: {type: 'string', default: defaultLauncher},
  },
});
const chosen = cases.filter(({name}) => name.includes(values.only));
if (values.list) {
  for (const {name} of chosen) console.log(name);
  process.exit(0);
}
const address = '10.0.3.1';
const scene = await createScene({launcher: values.tool});
const place = join(scene.folder, 'small');
await mkdir(place);
const source = await makeSmallSource({run: (argv) => runTool(scene, argv), folder: place});
let failed = 0;
for (const [index, each] of chosen.entries()) {
  // The tool remembers for ten minutes what an address answered.
  const port = 18_000 + Math.floor(Math.random() * 1000) * 10;
  const rig = await openRig({address, port, ...each.rig});
  const proxy =
    each.proxy === undefined
      ? undefined
      : await startProxy({address, port: port + 9, folder: scene.folder, ...each.proxy});
  const label = `${scene.label}f${index}`;
  const argv = [
    ...['--cdh', '5.5.2', '--source', source, '--provider', 'lxc', '--memory', '2g', '--retry', '0'],
    ...['--output', scene.output, '--label', label, '--json', '--dependencies', 'cloudera'],
    ...[
      '--mirror',
      `cdh.repo=${each.isWithoutLogin ? rig.openUrl : rig.url}`,
      ...(each.isUntrusted ? [] : ['--ca-cert', rig.caFile]),
      ...(each.proxy === undefined
        ? []
        : ['--proxy', `http://${each.proxyLogin ?? ''}${address}:${port + 9}`]),
      ...(each.argv ?? []),
    ],
  ];
  const start = performance.now();
  const ended = await runTool(scene, argv, {timeoutMs: 600_000, logName: `case-${index}`});
  const seconds = Math.round((performance.now() - start) / 1000);
  const finished = ended.events.find(({type}) => type === 'build.finished');
  const failure =
    finished?.failure ??
    (ended.code === 0
      ? {kind: 'built', message: '', hint: ''}
      : {kind: 'none', message: ended.stderr.trim(), hint: ''});
  const text = `${failure.kind}: ${failure.message}\n${failure.hint}`.trim();
  const isRight = ended.code === each.code && each.says.every((pattern) => pattern.test(text));
  if (!isRight) failed += 1;
  console.log(
    `${isRight ? 'ok   ' : 'FAIL '} ${each.name} (exit ${ended.code}, ${seconds} s)\n      ${text.replaceAll('\n', '\n      ')}`,
  );
  await rig.close();
  await proxy?.close();
}
const left = await findLeftovers({...scene, label: `${scene.label}f`});
for (const line of left) console.log(`left: ${line}`);
console.log(`${chosen.length - failed} passed, ${failed} failed`);
if (failed === 0 && left.length === 0) await clearScene(scene);
else console.log(`What was printed: ${scene.folder}`);
process.exitCode = failed === 0 && left.length === 0 ? 0 : 1;
