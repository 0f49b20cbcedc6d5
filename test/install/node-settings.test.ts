import {expect, test} from 'vitest';
import {findSparkPlace, parseParcelVersion, parseReleaseVersion} from '../../src/distribution/spark-place.ts';
import {checkBindHost, checkFolder, checkName, checkUser} from '../../src/install/node-settings.ts';

test.each([
  ['cdh5.7.0', '1.6.0-cdh5.7.0', 'CDH', 'lib/spark', '/etc/spark/conf', 'lib'],
  ['cdh6.3.2', '2.4.0-cdh6.3.2', 'CDH', 'lib/spark', '/etc/spark/conf', 'jars'],
  ['spark2-2.2.0-cloudera4', '2.2.0.cloudera4', 'SPARK2', 'lib/spark2', '/etc/spark2/conf', 'jars'],
  ['my-branch', '2.2.0.cloudera4', 'SPARK2', 'lib/spark2', '/etc/spark2/conf', 'jars'],
  ['my-branch', '1.6.0', 'CDH', 'lib/spark', '/etc/spark/conf', 'lib'],
  ['cdh5.7.0', undefined, 'CDH', 'lib/spark', '/etc/spark/conf', 'lib'],
])('%s of Spark %s belongs beside %s', (release, version, parcel, folder, conf, jars) => {
  expect(findSparkPlace(release, version)).toEqual({parcel, folder, conf, jars});
});

test.each([
  ['CDH-5.7.0-1.cdh5.7.0.p0.45', '5.7.0'],
  ['CDH-6.3.2-1.cdh6.3.2.p0.1605554', '6.3.2'],
  ['SPARK2-2.2.0.cloudera4-1.cdh5.13.3.p0.603055', '2.2.0-cloudera4'],
  ['CDH', undefined],
  ['KAFKA-4.1.0-1.4.1.0.p0.4', undefined],
])('the parcel %s is of version %s', (name, version) => {
  expect(parseParcelVersion(name)).toBe(version);
});

test.each([
  ['cdh5.7.0', '5.7.0'],
  ['spark2-2.2.0-cloudera4', '2.2.0-cloudera4'],
  ['spark2-2.2.0', '2.2.0'],
  ['my-branch', undefined],
  ['cdh5.7.0-mine', undefined],
])('the release %s is of version %s', (release, version) => {
  expect(parseReleaseVersion(release)).toBe(version);
});

test('what goes into paths, units and configurations holds no second word, line or folder', () => {
  const checks = [checkName, checkBindHost, checkUser, checkFolder];
  for (const check of checks)
    for (const bad of ['', 'a b', 'a\tb', 'a\nb', '$(id)', "a'b", 'a;id', '../x', '/../x y'])
      expect(() => check(bad), `${check.name} ${JSON.stringify(bad)}`).toThrow(
        expect.objectContaining({exitCode: 2}),
      );
  expect(() => checkName('.hidden')).toThrow();
  expect(() => checkName('-rf')).toThrow();
  expect(() => checkUser('-u')).toThrow();
  expect(() => checkFolder('opt')).toThrow();
  expect([
    checkName('dist-cdh5.7.0-nodeps+x'),
    checkBindHost('::1'),
    checkUser('hive'),
    checkFolder('/opt/p'),
  ]).toEqual(['dist-cdh5.7.0-nodeps+x', '::1', 'hive', '/opt/p']);
});
