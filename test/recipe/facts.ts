// Facts of a ref as the catalogue has them for cdh5.7.0, for tests that change one of them.
import type {RefFacts} from '../../src/catalogue/ref-facts.ts';

export const facts: RefFacts = {
  tag: 'cdh5.7.0-release',
  commit: '0123456789abcdef0123456789abcdef01234567',
  cdhVersion: '5.7.0',
  sparkVersion: '1.6.0',
  projectVersion: '1.6.0-cdh5.7.0',
  javaVersion: '1.7',
  scalaBinary: '2.10',
  mavenMinimum: '3.3.3',
  script: 'make-distribution.sh',
  scriptOptions: {mvn: true, skipJavaTest: false},
  buildTool: 'maven',
  removal: {
    status: 'present',
    line: 200,
    scripts: [
      'bin/sparkR',
      'bin/beeline',
      'sbin/start-thriftserver.sh',
      'sbin/stop-thriftserver.sh',
      'bin/spark-sql',
    ],
  },
  profiles: ['yarn', 'hive', 'hive-thriftserver', 'sparkr', 'hadoop-2.6', 'hadoop-provided', 'hive-provided'],
  providedProfiles: ['hadoop-provided', 'hive-provided'],
  hasHiveProfile: true,
  thriftserver: {status: 'yes'},
  sparkr: {status: 'no', reason: 'it has no R folder'},
};
