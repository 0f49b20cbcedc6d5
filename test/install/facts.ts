// A node of CDH 5.7 with Spark 1.6, and a request for it, for the tests of what is decided about a node.
import type {NodeFacts} from '../../src/install/node-facts.ts';
import {findSparkPlace} from '../../src/distribution/spark-place.ts';
import {nodePaths, type InstallRequest} from '../../src/install/node-settings.ts';

export const place = findSparkPlace('cdh5.7.0', '1.6.0-cdh5.7.0');

export const request: InstallRequest = {
  name: 'dist-cdh5.7.0-nodeps',
  layout: 'overlay',
  role: 'thriftserver',
  port: 10015,
  user: 'hive',
  parcels: '/opt/cloudera/parcels',
  forceVersion: false,
  paths: nodePaths,
};

export const theirAssembly = 'lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0-cdh5.7.0.jar';

export const facts: NodeFacts = {
  parcels: {CDH: 'CDH-5.7.0-1.cdh5.7.0.p0.45'},
  sparkHome: '/opt/cloudera/parcels/CDH-5.7.0-1.cdh5.7.0.p0.45/lib/spark',
  sparkFiles: ['lib/spark-assembly.jar', theirAssembly, 'sbin/start-master.sh'],
  sparkFolders: ['bin', 'lib', 'sbin'],
  confFiles: ['spark-env.sh', 'spark-defaults.conf', 'classpath.txt'],
  hiveSite: '/etc/hive/conf/hive-site.xml',
  javaHome: '/usr/java/jdk1.8.0_144',
  javaVersion: '1.8.0_144',
  hasUser: true,
  freeBytes: {opt: 10e9, parcel: 10e9},
  missing: [],
  hasSystemd: true,
  hostName: 'node1.example.com',
  hostAddress: '192.0.2.1',
  server: {
    mode: 'binary',
    port: 10015,
    httpPath: 'cliservice',
    usesSsl: false,
    authentication: 'NONE',
    keytabPrincipals: [],
  },
};

const file = (path: string, bytes = 1_000_000) => ({
  path,
  sha256: path.length.toString(16).repeat(32),
  bytes,
  mode: '644',
});

export const files = [
  file('RELEASE', 100),
  file('bin/beeline', 100),
  file('conf/spark-env.sh.template', 100),
  file('lib/datanucleus-core-3.2.10.jar'),
  file('lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar', 100_000_000),
  file('lib/spark-1.6.0-cdh5.7.0-yarn-shuffle.jar'),
  file('sbin/start-thriftserver.sh', 100),
  file('sbin/stop-thriftserver.sh', 100),
  file('sbin/start-master.sh', 100),
];
