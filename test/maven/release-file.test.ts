import {expect, test} from 'vitest';
import {findMavenArguments, findProfiles, parseRelease} from '../../src/maven/release-file.ts';

test.each([
  [
    'Spark 1.6.0-cdh5.7.0 (git revision 09d6fdd) built for Hadoop 2.6.0-cdh5.7.0\nBuild flags: -Pyarn -DskipTests\n',
    {
      version: '1.6.0-cdh5.7.0',
      revision: '09d6fdd',
      hadoopVersion: '2.6.0-cdh5.7.0',
      flags: '-Pyarn -DskipTests',
    },
  ],
  [
    'Spark 0.9.0-cdh5.0.6 built for Hadoop 2.3.0-cdh5.0.6\n',
    {version: '0.9.0-cdh5.0.6', hadoopVersion: '2.3.0-cdh5.0.6'},
  ],
  ['Spark 2.2.0 built for Hadoop \nBuild flags:\n', {version: '2.2.0', hadoopVersion: '', flags: ''}],
  ['something else\n', undefined],
])('parses %j', (text, expected) => expect(parseRelease(text)).toEqual(expected));

test.each<[readonly string[], readonly string[]]>([
  [
    ['--mvn', 'mvn', '-B', '-Pyarn'],
    ['-B', '-Pyarn'],
  ],
  [
    ['--tgz', '--name', '-B', '--target', 'install', '-X', '--mvn'],
    ['-X', '--mvn'],
  ],
  [['--skip-java-test'], []],
  [[], []],
])("leaves out the script's own of %j", (args, expected) =>
  expect(findMavenArguments(args)).toEqual(expected),
);

test.each<[string, readonly string[]]>([
  ['-B -Pyarn -Phive,hive-thriftserver -DskipTests', ['yarn', 'hive', 'hive-thriftserver']],
  ['-P yarn --activate-profiles a,b', ['yarn', 'a', 'b']],
  ['-P!yarn,-hive,+x', ['x']],
  ['', []],
])('reads the profiles of "%s"', (text, expected) => expect(findProfiles(text.split(' '))).toEqual(expected));
