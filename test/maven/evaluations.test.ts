// What is answered for Maven must be certain: everything that could change it makes it Maven's own question again.
import {describe, expect, test} from 'vitest';
import {planEvaluations, renderEvaluations, type EvaluationInput} from '../../src/maven/evaluations.ts';

const pom = (inner: string): string =>
  `<project><parent><groupId>com.cloudera.cdh</groupId><artifactId>cdh-root</artifactId><version>5.7.0</version></parent>` +
  `<groupId>g</groupId><artifactId>a</artifactId><version>1.6.0-cdh5.7.0</version>${inner}</project>`;
const properties =
  '<properties><hadoop.version>${cdh.hadoop.version}</hadoop.version><scala.binary.version>2.10</scala.binary.version></properties>';
const parentPom =
  '<project><groupId>com.cloudera.cdh</groupId><artifactId>cdh-root</artifactId><version>5.7.0</version>' +
  '<properties><cdh.hadoop.version>2.6.0</cdh.hadoop.version></properties></project>';
const hive =
  '<project><artifactId>hive</artifactId><profiles><profile><id>hive</id></profile></profiles></project>';

const base: EvaluationInput = {
  poms: {root: pom(properties), hive},
  parentPom,
  settingsXml: '<settings/>',
  arguments: ['--mvn', 'mvn', '-B', '-Pyarn', '-Phive'],
};

const answers = (input: Partial<EvaluationInput>): Record<string, string> =>
  Object.fromEntries(
    planEvaluations({...base, ...input})
      .filter(({call}) => call.length > 3)
      .map(({call, answer}) => [(call[1] ?? '').replace('-Dexpression=', ''), answer]),
  );

test('answers what the poms and our own parent say', () => {
  expect(answers({})).toEqual({
    'project.version': '1.6.0-cdh5.7.0',
    'scala.binary.version': '2.10',
    'hadoop.version': '2.6.0',
    'project.activeProfiles': '<id>hive</id>',
  });
});

test('a call is answered only word by word: with all arguments, with the first, or with none', () => {
  const calls = planEvaluations(base).map(({call}) => call.join(' '));
  expect(calls).toContain('help:evaluate -Dexpression=hadoop.version -B -Pyarn -Phive');
  expect(calls).toContain('help:evaluate -Dexpression=hadoop.version -B');
  expect(calls).toContain('help:evaluate -Dexpression=project.version');
  expect(calls).toContain('help:evaluate -Dexpression=project.activeProfiles -pl sql/hive -B -Pyarn -Phive');
  expect(calls).not.toContain('help:evaluate -Dexpression=project.activeProfiles -pl sql/hive -B');
  expect(renderEvaluations([{call: ['a', 'b c'], answer: '1'}])).toBe('1\ta\tb c\n');
});

describe('leaves to Maven', () => {
  const profile = (text: string): Partial<EvaluationInput> => ({
    poms: {root: pom(`${properties}<profiles>${text}</profiles>`), hive},
  });

  test("a value from a parent that is Cloudera's own", () => {
    const {poms, settingsXml, arguments: args} = base;
    const values = planEvaluations({poms, settingsXml, arguments: args}).map(({call}) => call[1]);
    expect(values).not.toContain('-Dexpression=hadoop.version');
    expect(values).not.toContain('-Dexpression=project.activeProfiles');
    expect(values).toContain('-Dexpression=project.version');
  });

  test('everything, where settings set properties or an argument is strange', () => {
    expect(
      planEvaluations({...base, settingsXml: '<settings><properties><x>1</x></properties></settings>'}),
    ).toEqual([]);
    expect(planEvaluations({...base, arguments: ['-B', '-f', 'other']})).toEqual([]);
  });

  test.each([
    ['a JDK', '<activation><jdk>1.8</jdk></activation>'],
    ['default', '<activation><activeByDefault>true</activeByDefault></activation>'],
    ['the environment', '<activation><property><name>env.X</name></property></activation>'],
  ])('a value of a profile that is switched on by %s', (_, activation) => {
    const text = `<profile><id>p</id>${activation}<properties><hadoop.version>9</hadoop.version></properties></profile>`;
    expect(answers(profile(text))['hadoop.version']).toBeUndefined();
  });

  test('the hive profile, when a second pom has one too', () => {
    expect(answers(profile('<profile><id>hive</id></profile>'))['project.activeProfiles']).toBeUndefined();
  });
});

test('knows profiles that are named, or that hang on a property which is not given', () => {
  const text =
    '<profile><id>scala-2.11</id><activation><property><name>scala-2.11</name></property></activation><properties><scala.binary.version>2.11</scala.binary.version></properties></profile>' +
    '<profile><id>scala-2.10</id><activation><property><name>!scala-2.11</name></property></activation><properties><scala.binary.version>2.10</scala.binary.version></properties></profile>' +
    '<profile><id>old</id><properties><hadoop.version>1.0.4</hadoop.version></properties></profile>';
  const poms = {root: pom(`${properties}<profiles>${text}</profiles>`), hive};
  expect(answers({poms})['scala.binary.version']).toBe('2.10');
  expect(answers({poms, arguments: ['-B', '-Pyarn', '-Dscala-2.11=true']})['scala.binary.version']).toBe(
    '2.11',
  );
  expect(answers({poms, arguments: ['-B', '-Pold', '-Pyarn']})['hadoop.version']).toBe('1.0.4');
  expect(answers({arguments: ['-B', '-Pyarn', '-Dhadoop.version=2.7.1']})['hadoop.version']).toBe('2.7.1');
});
