// What is checked before a version is tagged: `npm run release-check`.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {env, execPath} from 'node:process';
import {expect, test} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {projectRoot} from '../../src/core/paths.ts';
import {makeFolder} from '../core/fixtures.ts';

interface Versions {
  readonly package: string;
  readonly lock: string;
  readonly changelog: string;
  readonly tag: string;
}

const good: Versions = {package: '1.2.3', lock: '1.2.3', changelog: '[1.2.3] – 2026-12-01', tag: 'v1.2.3'};

async function check(change: Partial<Versions>) {
  const versions = {...good, ...change};
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'package.json'), JSON.stringify({version: versions.package}));
  const packages = {'node_modules/x': {version: '1.0.0'}};
  await writeFile(join(cwd, 'package-lock.json'), JSON.stringify({version: versions.lock, packages}));
  await mkdir(join(cwd, 'lib/bundle'), {recursive: true});
  await writeFile(join(cwd, 'lib/bundle/LICENSES.txt'), 'x 1.0.0 (MIT)\n');
  await writeFile(
    join(cwd, 'CHANGELOG.md'),
    `# Changelog\n\n## ${versions.changelog}\n\n## [0.1.0] – 2026-11-22\n`,
  );
  const script = join(projectRoot, '.ci/release-check.js');
  return createExec(env)([execPath, script, versions.tag], {cwd, allow: 'any'});
}

test('tag, package, lock file and changelog of one version pass', async () => {
  expect(await check({})).toMatchObject({exitCode: 0, stderr: ''});
});

test.each([
  ['a tag of another version', {tag: 'v1.2.4'}, 'the tag: is "v1.2.4", should be "v1.2.3"'],
  ['a tag without its v', {tag: '1.2.3'}, 'the tag: is "1.2.3"'],
  ['an old lock file', {lock: '1.2.2'}, 'package-lock.json: is "1.2.2"'],
  [
    'a changelog that was not cut',
    {changelog: '[Unreleased] – 1.2.3'},
    'CHANGELOG.md: is "[Unreleased] – 1.2.3"',
  ],
  ['a changelog without its date', {changelog: '[1.2.3] – soon'}, 'CHANGELOG.md: is "[1.2.3] – soon"'],
  ['another version on top of the changelog', {changelog: '[1.2.30] – 2026-12-01'}, 'CHANGELOG.md: is'],
])('%s is named, exit 1', async (_what, change, message) => {
  const {exitCode, stderr} = await check(change);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('a package.json of another version is at odds with all others', async () => {
  expect((await check({package: '2.0.0'})).stderr.trim().split('\n')).toHaveLength(3);
});
