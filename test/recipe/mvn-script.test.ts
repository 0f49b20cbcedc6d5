// Our `mvn` as the distribution script calls it, with a Maven that only notes what it was asked.
import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {renderEvaluations} from '../../src/maven/evaluations.ts';
import {projectRoot} from '../../src/core/paths.ts';

let folder = '';
/** What our `mvn` adds to the options of any Maven. */
const patience = '-Daether.connector.requestTimeout=180000 -Dmaven.wagon.rto=180000';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvn-script-'));
  write('real/mvn', `#!/bin/sh\necho "real: $*"\nexit \${EXIT:-0}\n`);
  write('sparkbuilder.env', `MVN=${folder}/real/mvn\n`);
  write('maven/bin/mvn', readFileSync(join(projectRoot, 'data/guest/mvn.sh'), 'utf8'));
  write('maven/options', '-T\n2\n');
  write(
    'maven/answers',
    renderEvaluations([
      {call: ['help:evaluate', '-Dexpression=project.version', '-B', '-Dx=a b'], answer: '1.6.0'},
      {call: ['help:evaluate', '-Dexpression=scala.binary.version', '-B'], answer: '2.10'},
      {call: ['help:evaluate', '-Dexpression=hadoop.version', '-B'], answer: '2.6.0'},
    ]),
  );
  chmodSync(join(folder, 'real/mvn'), 0o755);
  mkdirSync(join(folder, 'spark'));
});

afterEach(async () => {
  await rm(folder, {recursive: true, force: true});
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), {recursive: true});
  writeFileSync(join(folder, path), text);
}

function mvn(
  words: readonly string[],
  env: Record<string, string> = {},
): {status: number | null; out: string; err: string} {
  const {status, stdout, stderr} = spawnSync('bash', [join(folder, 'maven/bin/mvn'), ...words], {
    cwd: join(folder, 'spark'),
    env: {...env, PATH: '/usr/bin:/bin', SPARKBUILDER_ENV: join(folder, 'sparkbuilder.env')},
    encoding: 'utf8',
  });
  return {status, out: stdout.trim(), err: stderr.trim()};
}

test('answers what it knows, word by word, and asks Maven all else', () => {
  expect(mvn(['help:evaluate', '-Dexpression=project.version', '-B', '-Dx=a b']).out).toBe('1.6.0');
  expect(mvn(['help:evaluate', '-Dexpression=project.version', '-B', '-Dx=a', 'b']).out).toMatch(/^real: /);
  expect(mvn(['help:evaluate', '-Dexpression=project.version']).out).toMatch(/^real: /);
  expect(mvn(['help:evaluate', '-Dexpression=java.version', '-B']).out).toMatch(/^real: /);
  expect(mvn(['--version']).out).toBe('real: --version');
});

test('Maven is not to wait for ever, whatever options a script has set', () => {
  write('real/mvn', '#!/bin/sh\necho "$MAVEN_OPTS"\n');
  chmodSync(join(folder, 'real/mvn'), 0o755);
  for (const options of ['', '-Xmx1g']) {
    const {out} = mvn(['--version'], {MAVEN_OPTS: options});
    expect(out).toMatch(new RegExp(`^${options} *${patience}$`));
  }
});

test('adds options to the build alone, not a second -T, and keeps its exit code', () => {
  expect(mvn(['clean', 'package', '-DskipTests']).out).toBe('real: -T 2 clean package -DskipTests');
  expect(mvn(['clean', '-T', '1C', 'package']).out).toBe('real: clean -T 1C package');
  expect(mvn(['clean']).out).toBe('real: clean');
  expect(mvn(['clean', 'package'], {EXIT: '7'}).status).toBe(7);
});

test('has one module of ours compiled before the build, by one thread; a failure of it stops nothing', () => {
  write('maven/first/pom.xml', '<project/>');
  const lines = mvn([
    '-T',
    '1C',
    'clean',
    'package',
    '-DskipTests',
    '-Pyarn',
    '-Dx=a b',
    '-pl',
    'core',
  ]).out.split('\n');
  expect(lines.slice(1)).toEqual([
    `real: -q -f ${folder}/maven/first/pom.xml -DskipTests -Pyarn -Dx=a b compile`,
    'real: -T 1C clean package -DskipTests -Pyarn -Dx=a b -pl core',
  ]);
  expect(mvn(['clean']).out).toBe('real: clean');
  write('real/mvn', `#!/bin/sh\ncase "$*" in *first/pom.xml*) exit 1 ;; esac\necho built\n`);
  const {status, out} = mvn(['package']);
  expect(out).toMatch(/\[WARNING\] .*\nbuilt$/);
  expect(status).toBe(0);
});

test('has one Scala compiler for all modules where it was given one, and the module of ours compiled where that fails', () => {
  write('sparkbuilder.env', `MVN=${folder}/real/mvn\nJAVA_HOME=${folder}/java\n`);
  write('real/mvn', '#!/bin/sh\necho "real: $MAVEN_OPTS: $*"\n');
  write('java/bin/javac', '#!/bin/sh\nexit ${JAVAC:-0}\n');
  write('java/bin/jar', '#!/bin/sh\n[ "$1" = cfm ] && cp "$3" "$2"\n');
  for (const path of ['java/bin/javac', 'java/bin/jar']) chmodSync(join(folder, path), 0o755);
  write('maven/first/pom.xml', '<project/>');
  write('maven/SharedCompiler.java', '');
  const jar = join(folder, 'maven/shared-compiler.jar');
  expect(mvn(['clean', 'package'], {MAVEN_OPTS: '-Xmx3g'}).out).toBe(
    `real: -Xmx3g ${patience} -javaagent:${jar}: -T 2 clean package`,
  );
  expect(readFileSync(jar, 'utf8')).toBe('Premain-Class: SharedCompiler\n');
  expect(mvn(['clean'], {MAVEN_OPTS: '-Xmx3g'}).out).toBe(`real: -Xmx3g ${patience}: clean`);
  expect(mvn(['package'], {MAVEN_OPTS: '-Xmx3g', JAVAC: '1'}).out.split('\n').slice(1)).toEqual([
    `real: -Xmx3g ${patience}: -q -f ${folder}/maven/first/pom.xml compile`,
    `real: -Xmx3g ${patience}: -T 2 package`,
  ]);
});

test('uses the build cache where it was given one and this Maven takes it', () => {
  write('maven/module-cache/extensions.xml', '<extensions/>');
  expect(mvn(['clean']).out).toBe('real: clean');
  const cached = join(folder, 'spark/.mvn/extensions.xml');
  expect(mvn(['package']).out.split('\n')).toEqual(['real: -B -N -q validate', 'real: -T 2 package']);
  expect(readFileSync(cached, 'utf8')).toBe('<extensions/>');
  rmSync(dirname(cached), {recursive: true});
  write('real/mvn', '#!/bin/sh\ncase "$*" in *validate) exit 1 ;; esac\necho built\n');
  expect(mvn(['package']).out).toMatch(/\[WARNING\] .*\nbuilt$/);
  expect(existsSync(cached)).toBe(false);
  write('spark/.mvn/maven.config', 'of the source');
  expect(mvn(['package']).out).toBe('built');
});

test('with nothing to answer and nothing to add, as with the tests, it still has that module compiled first', () => {
  write('maven/answers', '');
  write('maven/options', '');
  write('maven/first/pom.xml', '<project/>');
  expect(mvn(['help:evaluate', '-Dexpression=project.version']).out).toMatch(/^real: help:evaluate/);
  expect(mvn(['clean', 'package', '-DskipTests']).out.split('\n').slice(1)).toEqual([
    `real: -q -f ${folder}/maven/first/pom.xml -DskipTests compile`,
    'real: clean package -DskipTests',
  ]);
});

test.each([
  ['a version', 'core/target/maven-archiver/pom.properties', 'version=1.6.1\n', 'project.version=1.6.0'],
  ['Scala', 'core/target/scala-2.11/classes/x', '', 'scala.binary.version=2.10'],
  ['Hadoop', 'assembly/target/scala-2.10/spark-assembly-1.6.0-hadoop2.7.1.jar', '', 'hadoop.version=2.6.0'],
])('fails when it answered another %s than was built', (_, path, text, said) => {
  write(`spark/${path}`, text);
  expect(mvn(['clean', 'package']).status).toBe(0); // Nothing was answered.
  mvn(['help:evaluate', '-Dexpression=project.version', '-B', '-Dx=a b']);
  mvn(['help:evaluate', '-Dexpression=scala.binary.version', '-B']);
  mvn(['help:evaluate', '-Dexpression=hadoop.version', '-B']);
  const {status, err} = mvn(['clean', 'package']);
  expect(status).toBe(1);
  expect(err).toContain(said);
});

test('is content when what was built is what it answered', () => {
  mvn(['help:evaluate', '-Dexpression=project.version', '-B', '-Dx=a b']);
  mvn(['help:evaluate', '-Dexpression=scala.binary.version', '-B']);
  mvn(['help:evaluate', '-Dexpression=hadoop.version', '-B']);
  write('spark/core/target/maven-archiver/pom.properties', '#x\nversion=1.6.0\n');
  write('spark/core/target/scala-2.10/classes/x', '');
  write('spark/assembly/target/scala-2.10/spark-assembly-1.6.0-hadoop2.6.0.jar', '');
  expect(mvn(['clean', 'package']).status).toBe(0);
});
