import {describe, expect, test} from 'vitest';
import type {RefFacts} from '../../src/catalogue/ref-facts.ts';
import {UsageError} from '../../src/core/errors.ts';
import {
  keepDistinct,
  findUnsupported,
  planBuild,
  type BuildPlan,
  type DependencyMode,
} from '../../src/recipe/build-plan.ts';
import {parseRequest, type BuildRequestInput} from '../../src/recipe/build-request.ts';
import {facts} from './facts.ts';

function plan(
  input: Partial<BuildRequestInput> = {},
  more: Partial<RefFacts> = {},
  dependencies: DependencyMode = 'cloudera',
): BuildPlan {
  return planBuild(
    {...facts, ...more},
    parseRequest({cdh: ['5.7.0'], output: '/out', ...input}),
    dependencies,
  );
}

const spark2: Partial<RefFacts> = {
  tag: 'spark2-2.4.0-cloudera2',
  script: 'dev/make-distribution.sh',
  scriptOptions: {mvn: true, skipJavaTest: false},
  removal: {status: 'absent'},
};

describe('what our patches say to Maven', () => {
  const own = {
    arguments: ['-Dhive.version=1.2.1.spark2'],
    bundles: {'hive-provided': 'Its Hive is inside.'},
  };
  const more = {
    ...facts,
    profiles: ['yarn', 'flume', 'hive-thriftserver'],
    providedProfiles: ['hadoop-provided', 'hive-provided'],
  };
  const build = (input: Partial<BuildRequestInput> = {}): BuildPlan =>
    planBuild(more, parseRequest({cdh: ['5.7.0'], output: '/out', ...input}), 'apache', own);

  test('its words come before the operator’s, and what it bundles is not left out', () => {
    const words = build({defines: ['hive.version=mine']}).arguments;
    expect(words).toEqual(expect.arrayContaining(['-Phadoop-provided']));
    expect(words).not.toContain('-Phive-provided');
    expect(words.slice(-2)).toEqual(['-Dhive.version=1.2.1.spark2', '-Dhive.version=mine']);
  });

  test('a profile that would leave out what it bundles is refused by name, with the reason', () => {
    expect(() => build({profiles: ['hive-provided']})).toThrow(
      /cannot be built with -P hive-provided: Its Hive is inside\./,
    );
    expect(() => build({profiles: ['kinesis-asl']})).not.toThrow();
  });

  test('so is a bundled dist that could not have all it needs', () => {
    const bundled = (notBundled?: string): BuildPlan =>
      planBuild(more, parseRequest({cdh: ['6.3.2'], output: '/out', deps: 'bundled'}), 'apache', {
        ...{arguments: [], bundles: {}},
        notBundled,
      });
    expect(() => bundled('Hive stays outside.')).toThrow(
      /cannot be built with --deps bundled: Hive stays outside\./,
    );
    expect(() => bundled()).not.toThrow();
    expect(() => build({deps: 'provided'})).not.toThrow();
  });
});

describe('names', () => {
  test.each<[string, Partial<BuildRequestInput>, Partial<RefFacts>, DependencyMode?]>([
    ['dist-cdh5.7.0-nodeps', {}, {}],
    ['dist-cdh5.7.0', {deps: 'bundled'}, {}],
    ['dist-cdh5.7.0-nodeps-R', {features: ['sparkr']}, {}],
    ['dist-cdh5.7.0-nodeps-sql-R', {features: ['sparkr', 'thriftserver', 'sparkr']}, {}],
    ['dist-cdh5.7.0-nodeps-plain', {features: []}, {}],
    ['dist-cdh5.7.0-nodeps-apache', {}, {}, 'apache'],
    ['dist-cdh5.7.0-R-apache-mine', {features: ['sparkr'], deps: 'bundled', label: 'mine'}, {}, 'apache'],
    ['dist-cdh5.7.0-nodeps', {}, {}, 'none'],
    ['dist-spark2-2.4.0-cloudera2-nodeps', {}, spark2],
    ['dist-apache-spark-2.2.0-nodeps', {}, {tag: 'refs/tags/apache-spark-2.2.0'}],
    ['dist-feature-x-nodeps', {}, {tag: 'feature/x'}],
  ])('%s', (dist, input, more, dependencies) => {
    expect(plan(input, more, dependencies)).toMatchObject({dist, buildId: dist.slice('dist-'.length)});
  });

  test('two builds of one run with one name are refused, both named', () => {
    const a = {plan: plan()};
    const b = {plan: plan({}, {tag: 'refs/tags/cdh5.7.0-release'})};
    expect(() => keepDistinct([a, b])).toThrow(UsageError);
    expect(() => keepDistinct([a, b])).toThrow(
      /cdh5\.7\.0-release and refs\/tags\/cdh5\.7\.0-release .* dist-cdh5\.7\.0-nodeps/,
    );
    const c = {plan: plan({deps: 'bundled'})};
    expect(keepDistinct([a, c])).toEqual([a, c]);
  });

  test('the same build, asked for twice, is one; with other options it is refused with both places', () => {
    const a = {plan: plan(), place: 'm.yaml:2:5'};
    expect(keepDistinct([a, {plan: plan(), place: 'm.yaml:3:5'}])).toEqual([a]);
    const other = {plan: plan({memoryMib: 8192, defines: ['x=y']}), place: 'm.yaml:3:5'};
    expect(() => keepDistinct([a, other])).toThrow(/dist-cdh5\.7\.0-nodeps \(m\.yaml:2:5 and m\.yaml:3:5\)/);
  });
});

const noTests = [
  '-Dmaven.test.skip=true',
  '-Dmaven.source.skip=true',
  '-Dsource.skip=true',
  '-Dscalastyle.skip=true',
  '-Dcheckstyle.skip=true',
];

describe('arguments of the distribution script, in order', () => {
  test.each<[string, Partial<BuildRequestInput>, Partial<RefFacts>, readonly string[]]>([
    [
      'provided',
      {},
      {},
      [
        '--mvn',
        'mvn',
        '-B',
        '-Pyarn',
        '-Phive',
        '-Phive-thriftserver',
        '-Phadoop-provided',
        '-Phive-provided',
        ...noTests,
      ],
    ],
    [
      'bundled',
      {deps: 'bundled'},
      {},
      ['--mvn', 'mvn', '-B', '-Pyarn', '-Phive', '-Phive-thriftserver', ...noTests],
    ],
    [
      'SparkR alone',
      {features: ['sparkr'], deps: 'bundled'},
      {},
      ['--mvn', 'mvn', '-B', '-Pyarn', '-Phive', '-Psparkr', ...noTests],
    ],
    [
      'no profile that the tag lacks',
      {features: ['thriftserver', 'sparkr']},
      {profiles: ['hive-thriftserver'], hasHiveProfile: false, providedProfiles: []},
      ['--mvn', 'mvn', '-B', '-Phive-thriftserver', ...noTests],
    ],
    [
      "with Hive 2 the dist's own Parquet, and the profiles that the assembly wants",
      {},
      {
        hiveVersion: '2.1.1-cdh6.3.2',
        neededProfiles: ['flume'],
        providedProfiles: ['hive-provided', 'parquet-provided'],
      },
      [
        '--mvn',
        'mvn',
        '-B',
        '-Pyarn',
        '-Phive',
        '-Phive-thriftserver',
        '-Pflume',
        '-Phive-provided',
        ...noTests,
      ],
    ],
    [
      'an old script',
      {deps: 'bundled'},
      {scriptOptions: {mvn: false, skipJavaTest: true}},
      ['--skip-java-test', '-B', '-Pyarn', '-Phive', '-Phive-thriftserver', ...noTests],
    ],
    [
      "the operator's own come last, and no profile twice",
      {deps: 'bundled', profiles: ['netlib-lgpl', 'yarn'], defines: ['a=b', 'c']},
      {},
      [
        '--mvn',
        'mvn',
        '-B',
        '-Pyarn',
        '-Phive',
        '-Phive-thriftserver',
        '-Pnetlib-lgpl',
        ...noTests,
        '-Da=b',
        '-Dc',
      ],
    ],
    [
      'tests compiled',
      {deps: 'bundled', compileTests: true},
      {},
      ['--mvn', 'mvn', '-B', '-Pyarn', '-Phive', '-Phive-thriftserver'],
    ],
  ])('%s', (_what, input, more, expected) => {
    expect(plan(input, more).arguments).toEqual(expected);
  });

  test("never a Hadoop profile of ours: it would replace Cloudera's versions by Apache's", () => {
    for (const deps of ['provided', 'bundled'] as const)
      expect(plan({deps}).arguments.filter((word) => /^-Phadoop-\d/.test(word))).toEqual([]);
  });

  test.each([
    ['cloudera', [], '-Dhadoop.version=2.6.0-cdh5.7.0'],
    ['apache', [], '-Dhadoop.version=2.6.0'],
    ['apache', ['hadoop.version=2.7.3'], '-Dhadoop.version=2.7.3'],
    ['none', [], undefined],
  ] as const)(
    'with a Hadoop profile of the operator’s, %s %o: the version compiled against is said again',
    (dependencies, defines, expected) => {
      const words = plan(
        {profiles: ['hadoop-2.6'], defines: [...defines]},
        {hadoopVersion: '2.6.0-cdh5.7.0'},
        dependencies,
      ).arguments.filter((word) => word.startsWith('-Dhadoop.version'));
      expect(words).toEqual(expected === undefined ? [] : [expected]);
      expect(plan({}, {}, dependencies).arguments.join(' ')).not.toContain('hadoop.version');
    },
  );
});

describe('undelete keeps the scripts whose code is built', () => {
  test.each<[string, readonly ('thriftserver' | 'sparkr')[], readonly string[]]>([
    [
      'thriftserver',
      ['thriftserver'],
      ['bin/beeline', 'sbin/start-thriftserver.sh', 'sbin/stop-thriftserver.sh', 'bin/spark-sql'],
    ],
    ['sparkr', ['sparkr'], ['bin/sparkR']],
  ])('%s', (_what, features, kept) => {
    expect(plan({features: [...features]}).undelete).toEqual({status: 'edited', kept});
  });

  test('nothing where there is no block', () => {
    expect(plan({}, {removal: {status: 'absent'}}).undelete).toEqual({status: 'nothing', kept: []});
  });
});

test.each([
  [2048, '-Xmx1024m'],
  [6144, '-Xmx3072m'],
  [65_536, '-Xmx4096m'],
])("of %i MiB the JVM's heap is %s", (memoryMib, heap) => {
  expect(plan({memoryMib}).mavenOpts).toContain(heap);
});

test('a feature that a tag cannot give is said with the reason; insisting is recorded', () => {
  expect(findUnsupported(facts, ['thriftserver'])).toBeUndefined();
  expect(findUnsupported(facts, ['thriftserver', 'sparkr'])).toContain('it has no R folder');
  expect(plan({features: ['sparkr']}).forcedUnsupported).toBe(true);
  expect(plan().forcedUnsupported).toBe(false);
});

test('a plan is data: it survives JSON, and the same request gives the same plan', () => {
  expect(JSON.parse(JSON.stringify(plan()))).toEqual(plan());
});
