// The build of the sample as the fake machine plays it: the commands that the recipe runs in the guest, and the dist it fetches.
import {join} from 'node:path';
import {classes} from '../support/classes.ts';
import {findMavenArguments} from '../../src/maven/release-file.ts';
import type {scenarioSchema} from '../../src/machine/fake.ts';
import type * as z from 'zod';
import {writeJar, writeTree} from '../distribution/fake-dist.ts';
import type {Scene} from './scene.ts';

type Scenario = z.input<typeof scenarioSchema>;
type Command = NonNullable<Scenario['commands']>[number];

export const distName = 'dist-cdh5.7.0-nodeps';

/** Arguments of the build that every test varies. */
export const buildArguments = ({output}: Scene, ...more: readonly string[]): readonly string[] => [
  ...['--cdh', '5.7.0', '--source', 'sample', '--provider', 'fake', '--memory', '2GiB', '--cpus', '1'],
  ...['--output', output, ...more],
];

interface PlannedBuild {
  readonly commit: string;
  readonly arguments: readonly string[];
  readonly facts: {readonly projectVersion: string};
}

let planned: Promise<PlannedBuild> | undefined;

async function planSample(scene: Scene): Promise<PlannedBuild> {
  const {code, stdout, stderr} = await scene.run(['plan', '--json', ...buildArguments(scene)]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as {readonly builds: readonly [PlannedBuild]}).builds[0];
}

const distribution = 'in-guest.sh /home/vagrant/spark ';

/** @param changes Of the command that makes the distribution: it hangs, fails … */
export async function playSample(
  scene: Scene,
  changes: Partial<Command> = {},
  more: Partial<Scenario> = {},
  name?: string,
): Promise<string> {
  const plan = await (planned ??= planSample(scene));
  const dist = join(scene.folder, 'guest-dist');
  await writeSampleDist(dist, plan);
  return scene.play(
    {
      dist,
      commands: [
        {match: 'rev-parse', lines: [plan.commit]},
        {
          match: distribution,
          lines: ['[INFO] Building Spark Project Core 1.6.0 [1/3]', '[INFO] BUILD SUCCESS'],
          ...changes,
        },
        {match: 'in-guest.sh /home/vagrant ', lines: ['[INFO] BUILD SUCCESS']},
        {match: 'mkdir -p'},
        {match: 'bash -s', lines: ['os Fake 1', 'java 1.8.0_1', 'maven 3.9.9', 'package git 2.47']},
      ],
      ...more,
    },
    name,
  );
}

async function writeSampleDist(dist: string, {commit, facts, arguments: flags}: PlannedBuild): Promise<void> {
  await writeTree(dist, {
    RELEASE:
      `Spark ${facts.projectVersion} (git revision ${commit.slice(0, 7)}) built for Hadoop 2.6.0-cdh5.7.0\n` +
      `Build flags: ${findMavenArguments(flags).join(' ')}\n`,
    ...Object.fromEntries(
      [
        'bin/spark-submit',
        'bin/spark-sql',
        'bin/beeline',
        'sbin/start-thriftserver.sh',
        'sbin/stop-thriftserver.sh',
      ].map((path) => [path, '#!/usr/bin/env bash\n']),
    ),
  });
  await writeJar(join(dist, `lib/spark-assembly-${facts.projectVersion}-hadoop2.6.0-cdh5.7.0.jar`), [
    classes.thriftserver,
    classes.sparkSql,
  ]);
}
