import {describe, expect, test} from 'vitest';
import {findSparkPlace} from '../../src/distribution/spark-place.ts';
import {renderInstall} from '../../src/install/describe.ts';
import {findKey, findTwin, planInstall, renderLines, type PlanInput} from '../../src/install/install-plan.ts';
import {facts, files, place, request, theirAssembly} from './facts.ts';

const input: PlanInput = {
  request,
  facts,
  place,
  manifest: {files, release: 'cdh5.7.0'},
  sums: 'sums',
  scripts: {control: '#!/bin/sh\n', server: '# bash\n'},
};
const recipe: PlanInput = {...input, request: {...request, layout: 'recipe'}};
const lineage =
  'spark.master=yarn-client\nspark.lineage.enabled=true\n' +
  'spark.extraListeners=com.cloudera.spark.lineage.ClouderaNavigatorListener\n';

describe('overlay', () => {
  test('the folder is laid out before the link leads to it, and systemd reads its unit last', () => {
    const {lines} = planInstall(input);
    expect(lines.map(({kind}) => kind)).toEqual(['folder', 'empty', 'file', 'link', 'run']);
    const [folder, , , link] = lines;
    expect(folder).toMatchObject({
      path: expect.stringMatching(/^\/opt\/build-spark\/\.versions\/dist-cdh5\.7\.0-nodeps-[0-9a-f]{12}$/),
    });
    expect(link).toMatchObject({path: '/opt/build-spark/dist-cdh5.7.0-nodeps'});
    expect(`/opt/build-spark/${(link as {target: string}).target}`).toBe((folder as {path: string}).path);
  });

  test('another setting, another dist or another configuration of the cluster is another version', () => {
    const version = (changed: Partial<PlanInput>): string =>
      (planInstall({...input, ...changed}).lines[0] as {path: string}).path;
    const seen = new Set([
      version({}),
      version({sums: 'others'}),
      version({scripts: {...input.scripts, control: '#!/bin/bash\n'}}),
      version({scripts: {...input.scripts, server: '# another\n'}}),
      // A parcel of another version, which start compares with what is there.
      version({facts: {...facts, parcels: {CDH: 'CDH-5.7.1-1.cdh5.7.1.p0.11'}}}),
      version({request: {...request, port: 10016}}),
      version({facts: {...facts, clouderaDefaults: lineage}}),
    ]);
    expect(seen.size).toBe(7);
    expect(seen.has(version({}))).toBe(true);
  });

  test('a server that ends by itself is started again, also with 0, as when YARN ends it; one that is stopped is not', () => {
    const unit = planInstall(input).entries.find(({path}) => path === 'unit') as {text: string};
    expect(unit.text).toContain('\nRestart=always\n');
    expect(unit.text).toContain('\nRestartPreventExitStatus=143\n');
  });

  test('without systemd: no unit, and start itself', () => {
    const {lines, next, entries} = planInstall({...input, facts: {...facts, hasSystemd: false}});
    expect(lines.map(({kind}) => kind)).toEqual(['folder', 'empty', 'link']);
    expect(entries.map(({path}) => path)).not.toContain('unit');
    expect(next).toEqual([
      'sudo /opt/build-spark/dist-cdh5.7.0-nodeps/start',
      "/opt/build-spark/dist-cdh5.7.0-nodeps/bin/beeline -u jdbc:hive2://node1.example.com:10015 -n hive -e 'show tables'",
    ]);
  });

  test('a server that runs with an older version is restarted, in words', () => {
    const {next} = planInstall({...input, facts: {...facts, current: '.versions/older'}});
    expect(next[1]).toBe('sudo systemctl restart build-spark-dist-cdh5.7.0-nodeps.service');
  });
});

test('a gateway: the commands with the same settings, and nothing that runs', () => {
  const more = [...files, {...files[1], path: 'bin/spark-sql', sha256: '0', bytes: 1, mode: '755'}];
  const {entries, lines, next} = planInstall({
    ...input,
    request: {...request, role: 'gateway'},
    manifest: {files: more, release: 'cdh5.7.0'},
  });
  expect(lines.map(({kind}) => kind)).toEqual(['folder', 'link', 'absent', 'absent', 'run']);
  expect(entries.map(({path}) => path)).toEqual([
    'version/conf/spark-env.sh',
    'version/conf/spark-defaults.conf',
    'version/conf/log4j.properties',
    'version/conf/hive-site.xml',
    'version/INSTALLED.sha256',
  ]);
  expect(next).toEqual(["/opt/build-spark/dist-cdh5.7.0-nodeps/bin/spark-sql -e 'show tables'"]);
});

test('a gateway in the place of a server takes its unit away, and what starts it at boot', () => {
  const gateway = {...input, request: {...request, role: 'gateway' as const}};
  const units = '/etc/systemd/system';
  const unit = 'build-spark-dist-cdh5.7.0-nodeps.service';
  expect(planInstall(gateway).lines.slice(2)).toEqual([
    {kind: 'absent', path: `${units}/${unit}`},
    {kind: 'absent', path: `${units}/multi-user.target.wants/${unit}`},
    {kind: 'run', command: 'daemon-reload'},
  ]);
  const {lines} = planInstall({...gateway, facts: {...facts, hasSystemd: false}});
  expect(lines.map(({kind}) => kind)).toEqual(['folder', 'link']);
});

describe('an overlay of Spark 2 and of CDH 6', () => {
  const layOut = (release: string, version: string, paths: readonly string[] = []) => {
    const other = findSparkPlace(release, version);
    const own = files.filter(({path}) => other.jars === 'lib' || !path.startsWith('lib/'));
    const all = [...own, ...paths.map((path) => ({path, sha256: '0', bytes: 1, mode: '644'}))];
    const {entries} = planInstall({...input, place: other, manifest: {files: all, release}});
    const entry = (path: string) => entries.find((each) => each.path === `version/${path}`);
    return {entry, env: (entry('conf/spark-env.sh') as {text: string}).text};
  };

  test("Spark 2: /etc/spark2/conf, no Hive on its class path but its own, and CDH's client for the metastore", () => {
    const {entry, env} = layOut('spark2-2.2.0-cloudera4', '2.2.0.cloudera4');
    expect(env).toContain(
      "grep -vE '/(spark-assembly|spark-lineage|hive-)[^/]*\\.jar$' /etc/spark2/conf/classpath.txt",
    );
    expect((entry('conf/spark-defaults.conf') as {text: string}).text).toContain(
      '\nspark.sql.hive.metastore.version=1.1.0\n',
    );
    expect((entry('conf/spark-defaults.conf') as {text: string}).text).not.toContain('local:');
    expect(entry('hive')).toBeUndefined();
  });

  test("CDH 6: the parcel's Hive where its launcher looks for it, and what else spark-sql needs", () => {
    const {entry, env} = layOut('cdh6.3.2', '2.4.0-cdh6.3.2');
    expect(entry('hive')).toEqual({
      path: 'version/hive',
      target: '/opt/cloudera/parcels/CDH/lib/spark/hive',
    });
    expect(layOut('cdh6.3.2', '2.4.0-cdh6.3.2', ['hive/hive-exec.jar']).entry('hive')).toBeUndefined();
    expect(env).toContain('/opt/cloudera/parcels/CDH/lib/hive/lib/hive-cli-*.jar');
    const defaults = (entry('conf/spark-defaults.conf') as {text: string}).text;
    expect(defaults).not.toContain('metastore');
    // Executors get theirs from the same folder, which each node has.
    expect(defaults).toMatch(
      /\nspark\.yarn\.jars=file:\S+\/jars\/\*,local:\/opt\/cloudera\/parcels\/CDH\/lib\/spark\/hive\/\*\n/,
    );
  });

  test('Spark 1 has neither', () => {
    const {entry, env} = layOut('cdh5.7.0', '1.6.0-cdh5.7.0');
    expect(entry('hive')).toBeUndefined();
    expect(env).not.toContain('hive-');
  });
});

describe('the command of the client', () => {
  const url = (server: Partial<PlanInput['facts']['server']>): string => {
    const {next} = planInstall({...input, facts: {...facts, server: {...facts.server, ...server}}});
    return next.at(-1)?.replace(/^\S*beeline -u (.*) -n hive -e 'show tables'$/, '$1') ?? '';
  };

  test('names the port and the transport that the server will have', () => {
    expect(url({port: 10077})).toBe('jdbc:hive2://node1.example.com:10077');
    expect(url({mode: 'http', httpPath: 'gateway/hive'})).toBe(
      "'jdbc:hive2://node1.example.com:10015/;transportMode=http;httpPath=gateway/hive'",
    );
    expect(url({usesSsl: true})).toBe("'jdbc:hive2://node1.example.com:10015/;ssl=true'");
    expect(url({authentication: 'NOSASL'})).toBe("'jdbc:hive2://node1.example.com:10015/;auth=noSasl'");
    expect(url({host: 'node1-internal'})).toBe('jdbc:hive2://node1-internal:10015');
  });

  test('also in the recipe, whose command gives the port of that transport', () => {
    const http = {...facts, server: {...facts.server, mode: 'http' as const}};
    const {next} = planInstall({...recipe, facts: http});
    expect(next[0]).toContain(' --hiveconf hive.server2.thrift.http.port=10015 ');
    expect(next[0]).toContain(' HIVE_SERVER2_THRIFT_HTTP_PORT=10015 ');
    expect(next[1]).toContain('transportMode=http');
  });
});

describe('recipe', () => {
  test('Spark 1.5 has the settings loaded before its scripts, which would take themselves for another Spark', () => {
    const older = files.map((file) => ({
      ...file,
      path: file.path.replace('assembly-1.6.0', 'assembly-1.5.0'),
    }));
    const {next, notes} = planInstall({...recipe, manifest: {files: older, release: 'cdh5.5.2'}});
    const within = `bash -c 'set -a; . "$0"; SPARK_ENV_LOADED=1; exec "$@"' /etc/spark/conf/spark-env.sh `;
    expect(next[0]).toContain(`${within}${facts.sparkHome ?? ''}/sbin/start-thriftserver.sh --hiveconf`);
    expect(notes.join('\n')).toContain(`${within}${facts.sparkHome ?? ''}/sbin/stop-thriftserver.sh`);
    expect(planInstall(recipe).next[0]).not.toContain('bash -c');
  });

  test("Spark's own jars under the parcel's names, and scripts that can be started; nothing else", () => {
    const {lines, only, notes} = planInstall(recipe);
    const spark = facts.sparkHome ?? '';
    expect(
      lines.map((line) => [line.kind, 'mode' in line ? line.mode : '', 'path' in line ? line.path : '']),
    ).toEqual([
      ['file', '644', `${spark}/${theirAssembly}`],
      ['file', '644', `${spark}/lib/spark-1.6.0-cdh5.7.0-yarn-shuffle.jar`],
      ['file', '755', `${spark}/sbin/start-thriftserver.sh`],
      ['file', '755', `${spark}/sbin/stop-thriftserver.sh`],
      ['empty', '755', '/var/log/build-spark-thriftserver'],
    ]);
    expect(only).toHaveLength(4);
    expect(notes.join('\n')).toContain(`goes to ${theirAssembly}`);
  });

  test("the command that starts it overrules Cloudera's lineage listeners, before Hive's own options", () => {
    const [start = ''] = planInstall({...recipe, facts: {...facts, clouderaDefaults: lineage}}).next;
    expect(start).toContain(
      '/sbin/start-thriftserver.sh --conf spark.lineage.enabled=false --conf spark.extraListeners= --hiveconf hive.server2.thrift.port=10015 ',
    );
    expect(start).toMatch(/^sudo -u hive env -u SPARK_HOME JAVA_HOME=\/usr\/java\/jdk1\.8\.0_144 /);
    expect(planInstall(recipe).next[0]).not.toContain('--conf ');
  });

  test('to Spark 2, whose hive-site.xml counts more than --hiveconf, they are said in its own words too', () => {
    const six = planInstall({...recipe, place: findSparkPlace('cdh6.3.2', '2.4.0-cdh6.3.2')});
    expect(six.next[0]).toContain(
      '/sbin/start-thriftserver.sh --conf spark.hadoop.hive.server2.thrift.port=10015 --conf ',
    );
    expect(six.next[0]).toContain(' --hiveconf hive.server2.enable.doAs=false ');
  });

  test('it is stopped as the same user, with the same folder for its process id', () => {
    const {notes, next} = planInstall(recipe);
    const [settings] = / env -u SPARK_HOME .*?SPARK_PID_DIR=\S+/.exec(next[0] ?? '') ?? [];
    expect(settings).toContain('SPARK_PID_DIR=/var/log/build-spark-thriftserver');
    expect(notes).toContain(
      `It is stopped by: sudo -u hive${settings ?? ''} ${facts.sparkHome ?? ''}/sbin/stop-thriftserver.sh`,
    );
  });

  // To Spark 2, hive-site.xml with HiveServer2's port counts more than --hiveconf.
  test('the port and the address are in the environment too, which counts more than hive-site.xml', () => {
    const [start = ''] = planInstall(recipe).next;
    expect(start).toMatch(
      / HIVE_SERVER2_THRIFT_PORT=10015 HIVE_SERVER2_THRIFT_BIND_HOST=node1\.example\.com \S*\/start-thriftserver\.sh /,
    );
  });

  test('on a node whose name leads to the loopback it listens everywhere, and clients use the name', () => {
    const {next} = planInstall({...recipe, facts: {...facts, hostAddress: '127.0.1.1'}});
    expect(next[0]).toContain('hive.server2.thrift.bind.host=0.0.0.0 ');
    expect(next[1]).toContain('jdbc:hive2://node1.example.com:10015');
  });
});

test('the lines of the agent have five fields each', () => {
  for (const plan of [planInstall(input), planInstall(recipe)])
    for (const line of renderLines(plan.lines).trimEnd().split('\n'))
      expect(line.split('\t')).toHaveLength(5);
});

test('a dry run names each file that is replaced, how, and what is sent', () => {
  const lines = renderInstall('dist-x', planInstall(recipe), {files});
  expect(lines).toContain('# sends 4 files, 96.32 MB, from dist-x:');
  expect(lines.filter((line) => line.startsWith('  install -o root -g root -m 0'))).toHaveLength(4);
  expect(lines.filter((line) => line.includes('is kept below'))).toHaveLength(4);
  expect(lines.at(-1)).toBe('  install -d -o hive -m 0755 /var/log/build-spark-thriftserver');
});

test('a series of installs is that of an overlay, or of one parcel', () => {
  expect(findKey(request, facts, place)).toBe('overlay-dist-cdh5.7.0-nodeps');
  expect(findKey(recipe.request, facts, place)).toBe('recipe-CDH-5.7.0-1.cdh5.7.0.p0.45');
});

describe('findTwin', () => {
  test.each([
    ['lib/spark-assembly-1.6.0-cdh5.7.0-hadoop2.6.0.jar', theirAssembly],
    ['sbin/start-master.sh', 'sbin/start-master.sh'],
    ['sbin/start-thriftserver.sh', undefined],
    // The link without a version is not the jar.
    ['lib/spark-examples-1.6.0-cdh5.7.0-hadoop2.6.0.jar', undefined],
    ['jars/spark-assembly-1.6.0-cdh5.7.0.jar', undefined],
  ])('%s', (path, twin) => {
    expect(findTwin(path, facts.sparkFiles)).toBe(twin);
  });

  test('spark-hive is no twin of spark-hive-thriftserver', () => {
    const theirs = [
      'jars/spark-hive-thriftserver_2.11-2.2.0.cloudera4.jar',
      'jars/spark-hive_2.11-2.2.0.cloudera4.jar',
    ];
    expect(findTwin('jars/spark-hive_2.11-2.2.0.cloudera4-x.jar', theirs)).toBe(theirs[1]);
  });

  test("YARN's shuffle service, which has its version in the middle", () => {
    expect(
      findTwin('lib/spark-1.6.0-cdh5.7.0-yarn-shuffle.jar', ['lib/spark-1.6.0-cdh5.7.1-yarn-shuffle.jar']),
    ).toBe('lib/spark-1.6.0-cdh5.7.1-yarn-shuffle.jar');
  });
});
