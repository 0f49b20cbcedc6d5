// Whose dependencies, and what that takes; with the data that we ship.
import {beforeAll, describe, expect, test} from 'vitest';
import {HostError, UsageError} from '../../src/core/errors.ts';
import {projectRoot} from '../../src/core/paths.ts';
import {chooseDependencies, planProbe} from '../../src/maven/dependency-choice.ts';
import {parseSourceFacts} from '../../src/maven/source-facts.ts';
import {findClouderaUrl, listMirrorsOf} from '../../src/maven/maven-network.ts';
import {planDependencies, type DependencyPlan} from '../../src/maven/dependency-plan.ts';
import {parsePom} from '../../src/maven/pom.ts';
import {renderDependencies} from '../../src/maven/dependency-files.ts';
import {readStandIn, type StandIn} from '../../src/maven/stand-in.ts';
import {poms} from './poms.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await readStandIn(projectRoot);
});

const cdh = parseSourceFacts(poms());
const apache = parseSourceFacts(poms('org.apache:apache:14', '2.2.0'));
const cdh63 = parseSourceFacts(poms('com.cloudera.cdh:cdh-root:6.3.2', '2.4.0-cdh6.3.2'));
const yes = {isAnswering: true, url: 'https://there/', detail: 'HTTP 200'};
const no = {isAnswering: false, url: 'https://there/', detail: 'no answer within 5 s'};

function plan(overrides: Partial<Parameters<typeof planDependencies>[0]> = {}): DependencyPlan {
  return planDependencies({
    mode: 'apache',
    facts: cdh,
    standIn,
    network: {mirrors: [], proxies: {}},
    shouldCompileTests: false,
    ...overrides,
  });
}

describe('the choice', () => {
  test.each([
    ['auto', yes, 'cloudera', /answers \(HTTP 200\)/],
    ['auto', no, 'apache', /does not answer \(no answer within 5 s\).*CDH 5\.7/],
    ['cloudera', yes, 'cloudera', /answers/],
    ['apache', yes, 'apache', /As asked.*CDH 5\.7/],
    ['apache', undefined, 'apache', /As asked/],
  ] as const)('%s, probe %o: %s', (requested, probe, mode, reason) => {
    const choice = chooseDependencies(requested, cdh, standIn, probe);
    expect(choice.mode).toBe(mode);
    expect(choice.reason).toMatch(reason);
  });

  test('a repository that answers, but not with this release, is not said to be silent', () => {
    const empty = {...no, isThere: true, detail: 'it has no cdh-root 5.7.0 (HTTP 404)'};
    expect(chooseDependencies('auto', cdh, standIn, empty).reason).toMatch(
      /answers, but not with the parent pom \(it has no cdh-root 5\.7\.0 \(HTTP 404\)\)/,
    );
  });

  test.each(['auto', 'cloudera', 'apache'] as const)(
    '%s means nothing to a source without Cloudera’s parent',
    (requested) => {
      expect(chooseDependencies(requested, apache, standIn, undefined).mode).toBe('none');
      expect(planProbe(apache, standIn, [])).toBeUndefined();
    },
  );

  test('Cloudera wanted and not answering: the host’s network, with what to type', () => {
    const choose = (): unknown => chooseDependencies('cloudera', cdh, standIn, no);
    expect(choose).toThrow(HostError);
    expect(choose).toThrow(
      expect.objectContaining({hint: expect.stringContaining('--dependencies apache') as string}),
    );
  });

  test.each([
    ['login', '--mirror cdh.repo=https://USER:PASSWORD@'],
    ['proxy-login', '--proxy http://USER:PASSWORD@'],
    ['certificate', '--ca-cert FILE'],
  ] as const)('when what it lacks is a %s, that is what to give', (lacks, words) => {
    const hint = expect.stringContaining(words) as string;
    const choose = (): unknown => chooseDependencies('cloudera', cdh, standIn, {...no, lacks});
    expect(choose).toThrow(expect.objectContaining({hint}));
  });

  test('a line without a stand-in: wrong to ask for it, and no way out when nothing answers', () => {
    const none = {...standIn, lines: {}};
    expect(() => chooseDependencies('apache', cdh63, none, yes)).toThrow(UsageError);
    expect(() => chooseDependencies('auto', cdh63, none, no)).toThrow(HostError);
    expect(chooseDependencies('auto', cdh63, none, yes).mode).toBe('cloudera');
  });

  test('the probe asks for this source’s own parent pom, at the user’s mirror if there is one', () => {
    const path = 'com/cloudera/cdh/cdh-root/5.7.0/cdh-root-5.7.0.pom';
    expect(planProbe(cdh, standIn, [])).toEqual({
      url: `${standIn.repositories.cloudera.url}/${path}`,
      artifactId: 'cdh-root',
      version: '5.7.0',
    });
    expect(planProbe(cdh, standIn, [{id: 'cdh.repo', url: 'https://nexus/cdh/'}])?.url).toBe(
      `https://nexus/cdh/${path}`,
    );
  });
});

test.each([
  ['*', 'https://me:p%40ss@nexus.test/all/'],
  ['external:*,!central', 'https://me:p%40ss@nexus.test/all/'],
  ['cloudera-repo', 'https://me:p%40ss@nexus.test/all/'],
  ['central', undefined],
  ['*,!cdh.repo,!cloudera-repo', undefined],
])('the probe asks what Maven asks: a mirror of the user’s own settings for %s', (of, url) => {
  const login = {username: 'me', password: 'p@ss'};
  const mirrors = listMirrorsOf({mirrors: [{id: 'corp', of, url: 'https://nexus.test/all/', login}]});
  expect(findClouderaUrl(standIn, mirrors)).toBe(url ?? standIn.repositories.cloudera.url);
});

describe('the stand-in', () => {
  test('its pom has the coordinates of Cloudera’s and the versions of the line', () => {
    const {path, text} = plan().parentPom!;
    expect(path).toBe('com/cloudera/cdh/cdh-root/5.7.0/cdh-root-5.7.0.pom');
    const pom = parsePom(text, 'pom.xml');
    expect(pom).toMatchObject({groupId: 'com.cloudera.cdh', artifactId: 'cdh-root', version: '5.7.0'});
    expect(pom.properties['cdh.parquet.version']).toBe('1.6.0');
    expect(pom.properties['cdh.kafka.version']).toBe('0.9.0.0');
    expect(pom.managed).toEqual([
      expect.objectContaining({
        artifactId: 'hive-conf',
        version: '${cdh.hive.version}',
        scope: '${hive.deps.scope}',
      }),
    ]);
  });

  test('the bridge comes with 5.7, not before; its pom says the versions themselves', () => {
    const facts55 = parseSourceFacts(poms('com.cloudera.cdh:cdh-root:5.5.2', '1.5.0-cdh5.5.2'));
    expect(plan({facts: facts55}).bridges).toEqual([]);
    expect(plan({facts: facts55}).edits.map(({id}) => id)).toEqual(['paho', 'binary-column']);
    const [bridge] = plan().bridges;
    expect(Object.keys(bridge?.files ?? {})).toContain(
      'src/main/java/org/apache/hadoop/hive/conf/VariableSubstitution.java',
    );
    expect(parsePom(bridge?.files['pom.xml'] ?? '', 'pom.xml').dependencies).toContainEqual(
      expect.objectContaining({artifactId: 'hive-exec', version: '1.1.0', scope: 'provided'}),
    );
    expect(plan().edits.map(({id}) => id)).toEqual(['paho', 'binary-column', 'bridge-hive-conf']);
  });

  test('every line names only edits and bridges that we ship', () => {
    for (const data of Object.values(standIn.lines)) {
      expect(data.edits.filter((id) => !Object.hasOwn(standIn.edits, id))).toEqual([]);
      expect(data.bridges.filter((name) => Object.keys(standIn.sources[name] ?? {}).length === 0)).toEqual(
        [],
      );
    }
  });

  test('what is nowhere to be had is an empty jar with a pom, which no cache keeps', () => {
    const empty = [{groupId: 'org.cloudera.logredactor', artifactId: 'logredactor', version: '2.0.7'}];
    const lines = {'6.3': {...standIn.lines['5.7']!, empty}};
    const made = plan({facts: cdh63, standIn: {...standIn, lines}});
    const base = 'org/cloudera/logredactor/logredactor/2.0.7/logredactor-2.0.7';
    expect(made.emptyJars).toContain(`${base}.jar`);
    expect(made.localOnly).toContain('org/cloudera/logredactor/logredactor');
    const [pom] = made.emptyPoms;
    expect(pom?.path).toBe(`${base}.pom`);
    expect(parsePom(pom?.text ?? '', 'pom.xml')).toMatchObject({artifactId: 'logredactor', version: '2.0.7'});
    expect(renderDependencies(made, standIn).files).toHaveProperty([`repository/${base}.pom`]);
    expect(plan({facts: cdh63, standIn: {...standIn, lines}, shouldCompileTests: true}).emptyJars).toEqual([
      `${base}.jar`,
    ]);
    expect(plan({facts: cdh63, mode: 'cloudera'}).emptyPoms).toEqual([]);
  });

  test('with Cloudera’s own repository nothing is stood in for, but test jars still are', () => {
    const cloudera = plan({mode: 'cloudera'});
    expect(cloudera).toMatchObject({bridges: [], proven: []});
    expect(cloudera.parentPom).toBeUndefined();
    expect(cloudera.emptyJars).toEqual(cdh.testJars);
  });

  test('SparkR is made fit for today’s R, whosever dependencies it has; Apache’s own 2.x is left alone', () => {
    expect(plan({mode: 'cloudera', hasSparkR: true}).edits.map(({id}) => id)).toEqual([
      'paho',
      'binary-column',
      'sparkr-s3-methods',
      'sparkr-generics',
    ]);
    expect(plan({hasSparkR: true}).edits).toHaveLength(5);
    const ids = plan({facts: cdh63, mode: 'cloudera', hasSparkR: true}).edits.map(({id}) => id);
    expect(ids.filter((id) => id.startsWith('sparkr'))).toEqual(['sparkr-generics']);
    expect(plan({mode: 'none', facts: apache, hasSparkR: true}).edits).toEqual([]);
  });

  test('a patch of the source comes whosever dependencies are used, all of it, and only when it is needed', () => {
    const [patch] = standIn.patches;
    const ids = patch?.edits.map(({id}) => id) ?? [];
    expect(ids.length).toBeGreaterThan(3);
    expect(plan({mode: 'cloudera', patches: [patch?.id ?? '']}).edits.map(({id}) => id)).toEqual([
      'paho',
      'binary-column',
      ...ids,
    ]);
    expect(plan({patches: [patch?.id ?? '']}).edits.map(({id}) => id)).toEqual([
      'paho',
      'binary-column',
      'bridge-hive-conf',
      ...ids,
    ]);
    expect(plan({mode: 'cloudera', patches: []}).edits.map(({id}) => id)).toEqual(['paho', 'binary-column']);
  });

  test('a file which a patch adds lies in the folder of its package; an edit, or the source, names its class', () => {
    for (const {id, edits} of standIn.patches) {
      const added = edits.flatMap((edit) => ('text' in edit ? [edit] : []));
      for (const {file, text} of added) {
        if (!/\.(java|scala)$/.test(file)) continue;
        const [, folder, name] = /\/(?:java|scala)\/(.*)\/(\w+)\.\w+$/.exec(file) ?? [];
        expect(text).toMatch(new RegExp(`^package ${folder?.replaceAll('/', '\\.') ?? ''};?$`, 'm'));
        expect(text).toMatch(new RegExp(`\\bclass ${name ?? ''}\\b`));
        const replaced = edits.flatMap((edit) => ('replace' in edit ? [edit.replace] : [])).join(' ');
        if (id === 'hive-cdh5.4') continue; // Its class has the name of Hive's, which the source imports.
        expect(replaced).toMatch(new RegExp(`(extends |import .*\\.|new )${name ?? ''}\\b`));
      }
    }
  });

  test('with --compile-tests Spark makes its test jars itself', () => {
    expect(plan({shouldCompileTests: true}).emptyJars).toEqual([]);
  });
});

describe('Maven’s settings', () => {
  test('apache: everything is asked of Maven Central, whose address only the guest knows', () => {
    expect(plan().settingsXml).toContain(
      '<mirror><id>central</id><mirrorOf>external:*</mirrorOf><url>@CENTRAL@</url></mirror>',
    );
  });

  test('mirrors of the user come first, and one of Central is the Central of all others', () => {
    const text = plan({
      network: {mirrors: [{id: 'central', url: 'https://u:p%26w@nexus/c?a&b'}], proxies: {}},
    }).settingsXml;
    expect(
      [...text.matchAll(/<mirror><id>([^<]*)<\/id><mirrorOf>([^<]*)/g)].map(([, id, of]) => [id, of]),
    ).toEqual([
      ['central', 'central'],
      ['central-too', 'external:*'],
    ]);
    expect(text).not.toContain('@CENTRAL@');
    expect(text).toContain('<url>https://nexus/c?a&amp;b</url>');
    expect(text).toContain(
      '<server><id>central</id><username>u</username><password>p&amp;w</password></server>',
    );
  });

  test('proxies, with what must not go through them', () => {
    const proxies = {https: 'http://me:s%40cret@proxy:3128', no: 'localhost, .corp.example'};
    expect(plan({network: {mirrors: [], proxies}}).settingsXml).toContain(
      '<proxy><id>proxy-https</id><active>true</active><protocol>https</protocol><host>proxy</host><port>3128</port>' +
        '<username>me</username><password>s@cret</password><nonProxyHosts>localhost|*.localhost|corp.example|*.corp.example</nonProxyHosts></proxy>',
    );
  });

  test('the user’s own file is taken as it is', () => {
    const mavenSettings = {text: '<settings/>', security: '<settingsSecurity/>', mirrors: []};
    const planned = plan({network: {mirrors: [], proxies: {}, mavenSettings}});
    expect(planned.settingsXml).toBe('<settings/>');
    expect(renderDependencies(planned, standIn).files['settings-security.xml']).toBe('<settingsSecurity/>');
  });
});

test('the folder for the guest holds all of it, and the command that installs it', () => {
  const {files, command} = renderDependencies(plan(), standIn);
  expect(command).toEqual(['bash', 'dependencies/install.sh']);
  expect(Object.keys(files).sort()).toEqual([
    'bridge/hive-conf/pom.xml',
    'bridge/hive-conf/src/main/java/org/apache/hadoop/hive/conf/HiveVariableSource.java',
    'bridge/hive-conf/src/main/java/org/apache/hadoop/hive/conf/VariableSubstitution.java',
    'empty-jars.txt',
    'install.sh',
    'local-only.txt',
    'repository/com/cloudera/cdh/cdh-root/5.7.0/cdh-root-5.7.0.pom',
    'settings.xml',
  ]);
  expect(files['empty-jars.txt']).toBe(`${cdh.testJars.join('\n')}\n`);
});
