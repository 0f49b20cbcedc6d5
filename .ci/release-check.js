// Before a version is tagged or a package is handed out: the tag, package.json, its lock file and the changelog name one
// version. usage: npm run release-check [-- <tag>]; without a tag, the one that HEAD has. Exit code 1 when they do not agree.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {argv, exit, stderr, stdout} from 'node:process';

const readVersion = (path) => JSON.parse(readFileSync(path, 'utf8')).version;

function findTag() {
  if (argv[2] !== undefined) return argv[2];
  const tags = execFileSync('git', ['tag', '--points-at', 'HEAD', '--list', 'v*'], {encoding: 'utf8'});
  return tags.split('\n').filter(Boolean).join(' ') || 'none at HEAD';
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
if (wrong.length === 0) stdout.write(`Tag, package, lock file and changelog agree: ${version}\n`);
exit(wrong.length === 0 ? 0 : 1);
