// Which set a build is given, and what counts as an artifact; no disk.
import {createHash} from 'node:crypto';
import {expect, test} from 'vitest';
import {renderSettings} from '../../src/maven/maven-settings.ts';
import {findOrigin, findSeed, parseOffer, type OfferedArtifact} from '../../src/maven/artifact-sets.ts';

const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');
const offer = (path: string, text: string): OfferedArtifact => ({
  path,
  repository: 'central',
  sha1: hash('sha1', text),
});
/** Of the domain and origin that a set's name ends with. */
const setOf = (name: string): {name: string; domain: string; origin: string} => {
  const [, domain = '', origin = ''] = /-([^-]+)-([^-]+)$/.exec(name) ?? [];
  return {name, domain, origin};
};

test('paths that leave the repository, or are not those of artifacts, are none', () => {
  const sum = hash('sha1', '');
  const bad = [
    ...['../x', '/etc/passwd', 'a/../../b', 'a//b', 'a/./b', 'file', 'g/../1/..-1.jar', '/g/a/1/a-1.jar'],
    ...[
      'g/a/1/a-1\n.jar',
      'g/a/1/a-1\u001b.jar',
      'g/a/1/_remote.repositories',
      'g/a/1/b-1.jar',
      'a/1/a-1.jar',
      'org/x/1.0/y-1.0.jar',
    ],
    ...['g/a/maven-metadata-central.xml', `g/a/1/a-1${'x'.repeat(1000)}`],
  ];
  for (const path of bad) expect(parseOffer({path, repository: 'central', sha1: sum}), path).toBeUndefined();
  expect(parseOffer({...offer('g/a/1/a-1.jar', ''), repository: 'x>central=\n'})).toBeUndefined();
  expect(parseOffer(offer('org/y/x/1.0/x-1.0-tests.jar', ''))).toBeDefined();
});

test('the seed is the own set, else the most alike one of the same origin', () => {
  const names = [
    'cdh5.7.0-nodeps-releases-00000000',
    'cdh5.16.2-nodeps-releases-00000000',
    'cdh5.7.1-nodeps-releases-11111111',
  ];
  expect(findSeed(names, setOf('cdh5.7.0-nodeps-releases-00000000'))).toBe(names[0]);
  expect(findSeed(names, setOf('cdh5.7.1-nodeps-releases-00000000'))).toBe(names[0]);
  expect(findSeed(names, setOf('cdh5.7.0-nodeps-releases-22222222'))).toBeUndefined();
});

test('what a fork left is given to itself alone; what releases left, to a fork that has nothing yet', () => {
  const [fork, other] = ['f'.repeat(16), 'e'.repeat(16)];
  const release = 'cdh5.7.0-nodeps-releases-00000000';
  const own = `cdh5.7.0-nodeps-${fork}-00000000`;
  const sample = 'cdh5.7.0-nodeps-sample-00000000';
  expect(findSeed([own, sample], setOf(release))).toBeUndefined();
  expect(findSeed([own, release], setOf(sample))).toBe(release);
  expect(findSeed([own], setOf(sample))).toBeUndefined();
  expect(findSeed([own, sample], setOf(`cdh5.7.0-nodeps-${other}-00000000`))).toBeUndefined();
  expect(findSeed([release], setOf(own))).toBe(release);
  expect(findSeed([release, own], setOf(own))).toBe(own);
  // A variant of its own comes before a release that is more alike.
  const variant = `cdh5.7.0-bundled-${fork}-00000000`;
  expect(findSeed([release, variant], setOf(own))).toBe(variant);
  // A ref that is named as a set would end with is of its own domain all the same.
  expect(findSeed([`x-releases-00000000-${fork}-00000000`], setOf(release))).toBeUndefined();
});

test('the set of a build with dependencies of the same kind is sent before that of a release nearer by', () => {
  const apache = 'cdh5.5.2-nodeps-thriftserver-none-releases-00000000';
  const real = 'cdh5.7.0-nodeps-thriftserver-apache-releases-00000000';
  expect(findSeed([apache, real], setOf('cdh5.5.6-nodeps-thriftserver-apache-releases-00000000'))).toBe(real);
  expect(findSeed([apache, real], setOf('cdh5.7.1-nodeps-thriftserver-none-releases-00000000'))).toBe(apache);
  expect(findSeed([apache], setOf('cdh5.7.0-nodeps-thriftserver-apache-releases-00000000'))).toBe(apache);
});

test('another address under the same id is another origin; the order of mirrors is not', () => {
  const settings = (...urls: readonly string[]): string =>
    `<!-- Written by build-spark -->${urls.map((url) => `<mirror><id>central</id><mirrorOf>*</mirrorOf><url>${url}</url></mirror>`).join('\n')}`;
  expect(findOrigin(settings('a', 'b'))).toBe(findOrigin(settings('b', 'a')));
  expect(findOrigin(settings('a'))).not.toBe(findOrigin(settings('b')));
});

test('proxies and passwords in our own settings are no other origin', () => {
  const render = (url: string, proxies: {readonly http?: string}, repository = 'https://r.example'): string =>
    findOrigin(
      renderSettings({
        mirrors: [{id: 'central', of: '*', url}],
        proxies,
        direct: [],
        repositories: [{id: 'cdh.repo', url: repository}],
      }),
    );
  const plain = render('https://m.example/', {});
  expect(render('https://u:p@m.example/', {http: 'http://u:p@proxy:3128'})).toBe(plain);
  expect(render('https://m.example/', {}, 'https://other.example')).not.toBe(plain);
});

test('what an operator adds to a copy of our settings counts, however it is written', () => {
  const ours =
    '<!-- Written by build-spark --><mirror><id>central</id><mirrorOf>*</mirrorOf><url>a</url></mirror>';
  const added = (url: string): readonly string[] => [
    `${ours}<repository><id>x</id><url>${url}</url></repository>`,
    `${ours}<mirror>\n<id>x</id>\n<mirrorOf>*</mirrorOf><url>${url}</url></mirror>`,
    `${ours}<pluginRepository><id>x</id><url>${url}</url></pluginRepository>`,
  ];
  for (const [index, text] of added('b').entries())
    expect(findOrigin(text)).not.toBe(findOrigin(added('c')[index] ?? ''));
});
