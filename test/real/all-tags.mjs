// Checks every release tag of a copy of github.com/cloudera/spark, without a machine:
//   npm run build && node test/real/all-tags.mjs <path of the copy> [--only <text>] [--write-catalogue]
// For each: what inspect reads is the catalogue's row; the plan is made and agrees with the tree; the tree is written with every
// edit that its dependencies (Apache's where we stand in for Cloudera's parent) and its features need, each fits, and they change
// no other file; the stand-in gives just the properties that the poms ask for; the undelete changed what it should, and no other
// byte; bash can read the script; of each line, that no property is there for nothing. One line a tag, then a summary; exit code 1 when anything is wrong.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {planBuild} from '../../lib/recipe/build-plan.js';
import {parseRequest} from '../../lib/recipe/build-request.js';
import {inspectRef} from '../../lib/catalogue/inspect-ref.js';
import {listNeededPatches} from '../../lib/catalogue/ref-facts.js';
import {readCatalogue} from '../../lib/catalogue/release-list.js';
import {systemClock} from '../../lib/core/clock.js';
import {createExec} from '../../lib/core/exec.js';
import {planPaths, projectRoot} from '../../lib/core/paths.js';
import {parseSourceFacts} from '../../lib/maven/source-facts.js';
import {planOwnArguments} from '../../lib/maven/own-arguments.js';
import {planDependencies} from '../../lib/maven/dependency-plan.js';
import {readStandIn} from '../../lib/maven/stand-in.js';
import {parseSource} from '../../lib/source/location.js';
import {openMirror} from '../../lib/source/mirror.js';
import {prepareSource} from '../../lib/source/prepare.js';

const features = ['thriftserver', 'sparkr'];
const scripts = [
  'bin/spark-sql',
  'bin/beeline',
  'bin/sparkR',
  'sbin/start-thriftserver.sh',
  'sbin/stop-thriftserver.sh',
];
const args = process.argv.slice(2);
const isWriting = args.includes('--write-catalogue');
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : '';
const [copy] = args;
if (copy === undefined || copy.startsWith('-')) {
  console.error(
    'usage: node test/real/all-tags.mjs <path of a copy of github.com/cloudera/spark> [--only <text>] [--write-catalogue]',
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'build-spark-all-tags-'));
const env = {...process.env, XDG_CACHE_HOME: join(folder, 'cache'), XDG_STATE_HOME: join(folder, 'state')};
const tools = {exec: createExec(env), clock: systemClock, paths: planPaths(env, homedir())};
const standIn = await readStandIn(projectRoot);
const source = parseSource(copy, process.cwd());
const mirror = openMirror(source, tools);
const git = (place, ...words) => execFileSync('git', [...place, ...words], {maxBuffer: 1 << 28});

const catalogue = (await readCatalogue()).filter((row) => row.tag.includes(only));
const inspected = [];
/** Of each line: the properties that none of its tags seen so far asks for. */
const unusedByLine = new Map();
const counts = {edited: 0, untouched: 0, wrong: 0};
const startMs = performance.now();
try {
  for (const row of catalogue) {
    const tagMs = performance.now();
    const problems = [];
    let how = 'failed';
    try {
      how = await checkTag(row, problems);
    } catch (error) {
      problems.push(error.message);
    }
    if (problems.length > 0) counts.wrong++;
    else counts[how]++;
    const seconds = ((performance.now() - tagMs) / 1000).toFixed(1);
    console.log(
      `${problems.length > 0 ? 'WRONG' : 'ok   '} ${row.tag.padEnd(24)} ${how.padEnd(9)} ${seconds} s ${problems.join('; ')}`,
    );
  }
} finally {
  rmSync(folder, {recursive: true, force: true});
}
for (const [line, unused] of unusedByLine)
  if (unused.size > 0) {
    counts.wrong++;
    console.log(`WRONG the stand-in of ${line} has ${[...unused]}, which no pom asks for`);
  }
const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
console.log(
  `${catalogue.length} tags: ${counts.edited} edited, ${counts.untouched} untouched, ${counts.wrong} wrong; ${minutes} min`,
);
if (isWriting && counts.wrong === 0 && only === '')
  writeFileSync(
    join(projectRoot, 'data/releases.json'),
    `[\n${inspected.map((facts) => JSON.stringify(facts)).join(',\n')}\n]\n`,
  );
process.exit(counts.wrong === 0 ? 0 : 1);

async function checkTag(row, problems) {
  const resolved = await mirror.resolve(row.tag);
  if (resolved.commit !== row.commit) problems.push(`commit ${resolved.commit}, not ${row.commit}`);
  const files = await mirror.open(resolved.commit);
  const facts = await inspectRef(files.read, resolved);
  inspected.push(facts);
  for (const key of new Set([...Object.keys(row), ...Object.keys(facts)]))
    if (!isWriting && !isDeepStrictEqual(row[key], facts[key]))
      problems.push(`${key}: ${JSON.stringify(facts[key])}, the catalogue has ${JSON.stringify(row[key])}`);

  const request = parseRequest({
    ref: row.tag,
    source: source.name,
    features,
    output: '/dists',
    provider: 'lxc',
  });
  const {poms} = files;
  const sourceFacts = parseSourceFacts(poms);
  const line = standIn.lines[sourceFacts.line];
  const patches = listNeededPatches(facts, features);
  const own = planOwnArguments('apache', sourceFacts, standIn, patches);
  const plan = planBuild(facts, request, 'apache', own);
  checkPlan(plan, facts, problems);

  if (line !== undefined) checkProperties(poms, sourceFacts.line, problems);
  const {edits} = planDependencies({
    mode: line === undefined ? 'cloudera' : 'apache',
    facts: sourceFacts,
    standIn,
    network: {mirrors: [], proxies: {}},
    shouldCompileTests: false,
    hasSparkR: true,
    patches,
  });

  const prepared = await prepareSource(tools, {
    source,
    commit: resolved.commit,
    script: facts.script,
    features,
    edits,
    patches: [],
  });
  try {
    const {status, kept} = prepared.undelete;
    if (!isDeepStrictEqual(plan.undelete, {status, kept: [...kept]}))
      problems.push(`the plan keeps ${plan.undelete.kept}`);
    return checkTree(prepared, facts, edits, problems);
  } finally {
    await prepared.discard();
  }
}

/** What every plan must be, whatever the tag: no profile that it lacks, no Hadoop profile, a name of the old form. */
function checkPlan(plan, facts, problems) {
  const profiles = plan.arguments.filter((word) => word.startsWith('-P')).map((word) => word.slice(2));
  // `hive` stands in assembly and sql/hive, hbase-provided of spark2 in examples alone.
  const known = ['hive', ...facts.profiles, ...facts.providedProfiles];
  const unknown = profiles.filter((id) => !known.includes(id));
  if (unknown.length > 0) problems.push(`the plan names profiles that the tag lacks: ${unknown}`);
  if (profiles.some((id) => /^hadoop-\d/.test(id))) problems.push('the plan names a Hadoop profile');
  if (!/^dist-(cdh|spark2-)[\w.-]+-nodeps-sql-R-apache$/.test(plan.dist))
    problems.push(`the dist is ${plan.dist}`);
}

/** What the poms of the tag want from Cloudera's parent, and no less. */
function checkProperties(poms, name, problems) {
  const line = standIn.lines[name];
  const wanted = new Set(
    [...poms.values()].flatMap((text) =>
      [...text.matchAll(/\$\{(cdh\.[^}]+)\}/g)].map(([, property]) => property),
    ),
  );
  const lacking = [...wanted].filter((property) => !Object.hasOwn(line.versions, property));
  if (lacking.length > 0) problems.push(`the stand-in lacks ${lacking}`);
  // What is compiled first has its own poms, which are not looked at here, and the same parent.
  if (line.compiled.length > 0) return;
  const unused = unusedByLine.get(name) ?? new Set(Object.keys(line.versions));
  unusedByLine.set(name, new Set([...unused].filter((property) => !wanted.has(property))));
}

function checkTree({folder: tree, undelete}, facts, edits, problems) {
  const inTree = ['-C', tree];
  if (git(inTree, 'rev-parse', 'HEAD').toString().trim() !== facts.commit)
    problems.push('HEAD is another commit');
  execFileSync('bash', ['-n', join(tree, facts.script)]);
  const status = git(inTree, 'status', '--porcelain', '--ignored', '--untracked-files=all')
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const expectedStatus = [
    ...(facts.removal.status === 'absent' ? [] : [` M ${facts.script}`]),
    ...edits.map((edit) => `${'text' in edit ? '??' : 'delete' in edit ? ' D' : ' M'} ${edit.file}`),
  ];
  if (!isDeepStrictEqual([...new Set(status)].sort(), [...new Set(expectedStatus)].sort()))
    problems.push(`the tree differs: ${status}`);
  if (facts.removal.status === 'absent') {
    if (undelete.status !== 'nothing') problems.push('the undelete says that it edited');
    return 'untouched';
  }
  const before = git(inTree, 'show', `HEAD:${facts.script}`);
  const after = readFileSync(join(tree, facts.script));
  const expected = scripts.reduce((text, script) => {
    const line = `\nrm "$DISTDIR/${script}"\n`;
    if (text.split(line).length !== 2)
      problems.push(`the line of ${script} is there ${text.split(line).length - 1} times`);
    return text.replace(line, () => `\n# Kept by build-spark: rm "$DISTDIR/${script}"\n`);
  }, before.toString('latin1'));
  if (after.toString('latin1') !== expected) problems.push('other bytes of the script changed');
  if (!isDeepStrictEqual([...undelete.kept].sort(), [...scripts].sort()))
    problems.push(`kept ${undelete.kept}`);
  // The diff that goes beside the manifest makes the same file, by the plain patch command, in the root of a checkout.
  git(inTree, 'checkout', '--', facts.script);
  execFileSync('patch', ['-p0', '-F0', '--silent', '-d', tree], {input: undelete.diff});
  if (!readFileSync(join(tree, facts.script)).equals(after))
    problems.push('undelete.patch gives another file');
  return 'edited';
}
