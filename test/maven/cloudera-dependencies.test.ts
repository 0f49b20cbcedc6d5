// What it takes with Cloudera's own dependencies; with the data that we ship.
import {beforeAll, describe, expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {planDependencies, type DependencyPlan} from '../../src/maven/dependency-plan.ts';
import {findMirrorOf} from '../../src/maven/mirror-of.ts';
import {parseSourceFacts} from '../../src/maven/source-facts.ts';
import {readStandIn, type StandIn} from '../../src/maven/stand-in.ts';
import {poms} from './poms.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await readStandIn(projectRoot);
});

function plan(parent: string, version: string): DependencyPlan {
  const facts = parseSourceFacts(poms(`com.cloudera.cdh:cdh-root:${parent}`, version));
  return planDependencies({
    mode: 'cloudera',
    facts,
    standIn,
    network: {mirrors: [], proxies: {}},
    shouldCompileTests: false,
  });
}

describe('edits', () => {
  test.each([
    ['5.0.0', '0.9.0-cdh5.0.0', []],
    ['5.2.6', '1.1.0-cdh5.2.6', ['paho-artifact']],
    ['5.3.10', '1.2.0-cdh5.3.10', ['paho-artifact', 'guava', 'binary-column-shim']],
    ['5.4.11', '1.3.0-cdh5.4.11', ['paho', 'calcite', 'guava']],
    ['5.7.0', '1.6.0-cdh5.7.0', ['paho', 'binary-column']],
    ['5.16.2', '1.6.0-cdh5.16.2', ['paho', 'binary-column']],
    ['5.13.3', '2.4.0.cloudera2', ['bundled-class-path', 'csd']],
    ['6.3.2', '2.4.0-cdh6.3.2', ['assembly-hive']],
  ])(
    'CDH %s with Spark %s has those alone which Cloudera’s dependencies cannot spare',
    (parent, version, ids) => {
      expect(plan(parent, version).edits.map(({id}) => id)).toEqual(ids);
    },
  );

  test('each edit that is made whosever dependencies are used is there', () => {
    expect(Object.keys(standIn.edits)).toEqual(expect.arrayContaining([...standIn.editsOfBoth]));
  });
});

test('cloudera: the old ids lead to the new address, all else that poms name to Maven Central', () => {
  const text = plan('5.7.0', '1.6.0-cdh5.7.0').settingsXml;
  expect(text).toContain(
    `<mirrorOf>cdh.repo,cloudera-repo</mirrorOf><url>${standIn.repositories.cloudera.url}</url>`,
  );
  const mirrors = [...text.matchAll(/<mirrorOf>([^<]*)<\/mirrorOf><url>([^<]*)/g)].map(
    ([, of = '', url = '']) => ({of, url}),
  );
  const askedFor = (id: string): string | undefined =>
    findMirrorOf(mirrors, {id, url: `http://${id}.test/`})?.url;
  for (const id of ['central', 'apache-repo', 'jboss-repo', 'mqtt-repo', 'mapr-repo', 'of-some-dependency'])
    expect([id, askedFor(id)]).toEqual([id, '@CENTRAL@']);
  expect(askedFor('cdh.repo')).toBe(standIn.repositories.cloudera.url);
  expect(text).toMatch(/<repository><id>cdh.repo<\/id>/);
});

test('plugins are asked of both as well, Maven Central first, and nothing is taken with another checksum', () => {
  const text = plan('5.7.0', '1.6.0-cdh5.7.0').settingsXml;
  for (const element of ['repository', 'pluginRepository']) {
    const found = [
      ...text.matchAll(new RegExp(`<${element}><id>([^<]*)</id>.*<checksumPolicy>([^<]*)`, 'g')),
    ];
    expect(found.map(([, id, policy]) => [id, policy])).toEqual([
      ['central', 'fail'],
      ['cdh.repo', 'fail'],
    ]);
  }
});

test('with Apache’s releases a mirror of Cloudera’s repository is left alone, any other is not', () => {
  const facts = parseSourceFacts(poms());
  const mirrors = ['cdh.repo', 'cdh.repo,cloudera-repo', 'central', '*'].map((id) => ({
    id,
    url: `https://${id.length}.test/`,
  }));
  const settings = (mode: 'apache' | 'cloudera'): string =>
    planDependencies({mode, facts, standIn, network: {mirrors, proxies: {}}, shouldCompileTests: false})
      .settingsXml;
  const idsOf = (text: string): readonly (string | undefined)[] =>
    [...text.matchAll(/<mirrorOf>([^<]*)/g)]
      .map(([, of]) => of)
      .filter((of) => mirrors.some(({id}) => id === of));
  expect(idsOf(settings('apache'))).toEqual(['central', '*']);
  expect(idsOf(settings('cloudera'))).toContain('cdh.repo');
});
