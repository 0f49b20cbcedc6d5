// Before a version is tagged or a package is handed out: the tag, package.json, its lock file and the changelog name one
// version, and the licences in the bundle are those of the packages that the lock file names. usage: npm run release-check
// [-- <tag>]; without a tag, the one that HEAD has. Exit code 1 when they do not agree.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {argv, exit, stderr, stdout} from 'node:process';

const readVersion = (path) => JSON.parse(readFileSync(path, 'utf8')).version;

function findTag() {
  if (argv[2] !== undefined) return argv[2];
  const tags = execFileSync('git', ['tag', '--points-at', 'HEAD', '--list', 'v*'], {encoding: 'utf8'});
  return tags.split('\n').filter(Boolean).join(' ') || 'none at HEAD';
}

/** Of rolldown.config.js, which refuses a licence that it does not know. */
const licences = 'lib/bundle/LICENSES.txt';

/** Packages whose licence lies in the bundle, but that the lock file does not have in that version. */
function findStrangers() {
  const {packages} = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const locked = new Set(
    Object.entries(packages).map(([path, entry]) => `${path.split('node_modules/').at(-1)} ${entry.version}`),
  );
  if (!existsSync(licences)) return [`there is no ${licences}: npm run build`];
  const found = [...readFileSync(licences, 'utf8').matchAll(/^(\S+ \d\S*) \([^()]+\)$/gm)].map(
    ([, one]) => one,
  );
  if (found.length === 0) return [`${licences} names no package`];
  return found
    .filter((one) => !locked.has(one))
    .map((one) => `${licences} has ${one}, which package-lock.json has not: npm run build`);
}

const version = readVersion('package.json');
const found = [
  ['package-lock.json', readVersion('package-lock.json'), version],
  [
    'CHANGELOG.md',
    /^## (.*)$/m.exec(readFileSync('CHANGELOG.md', 'utf8'))?.[1] ?? 'no version',
    `[${version}] – <date>`,
  ],
  ['the tag', findTag(), `v${version}`],
];
const isSame = (text, wanted) =>
  wanted.endsWith('<date>')
    ? text.startsWith(wanted.slice(0, -'<date>'.length)) && /\d{4}-\d\d-\d\d$/.test(text)
    : text === wanted;
const wrong = found.filter(([, text, wanted]) => !isSame(text, wanted));
for (const [name, text, wanted] of wrong) stderr.write(`${name}: is "${text}", should be "${wanted}"\n`);
const strangers = findStrangers();
for (const line of strangers) stderr.write(`${line}\n`);
const isRight = wrong.length === 0 && strangers.length === 0;
if (isRight) stdout.write(`Tag, package, lock file, changelog and licences agree: ${version}\n`);
exit(isRight ? 0 : 1);
