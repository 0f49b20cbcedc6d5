import {describe, expect, test} from 'vitest';
import {
  BuildTimeoutError,
  diagnose,
  DiskFullError,
  MachineGoneError,
  type Symptoms,
} from '../../src/recipe/failures.ts';
import {BuildError, InterruptedError} from '../../src/core/errors.ts';
import {CommandError} from '../../src/core/exec.ts';
import {ConnectionLostError, RemoteCommandError, SilenceError} from '../../src/core/ssh.ts';

const argv = ['./make-distribution.sh', '--mvn', 'mvn'];
const ended = (exitCode: number, signalName?: string): RemoteCommandError =>
  new RemoteCommandError(argv, {exitCode, stdout: '', stderr: ''}, signalName);

/** What the log said, in the step that runs Maven unless told otherwise. */
function diagnoseLog(log: string, rest: Partial<Symptoms> = {}) {
  return diagnose({step: 'Make distribution', error: ended(1), logTail: log.trim().split('\n'), ...rest});
}

const mavenEnd = `
[INFO] ------------------------------------------------------------------------
[INFO] BUILD FAILURE
[INFO] ------------------------------------------------------------------------`;

describe('memory', () => {
  test.each([
    [
      'a JVM that could not start',
      '# There is insufficient memory for the Java Runtime Environment to continue.',
    ],
    [
      'mmap refused',
      "OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x0, 1, 0) failed; error='Cannot allocate memory' (errno=12)",
    ],
    ['fork refused', 'make-distribution.sh: fork: Cannot allocate memory'],
    [
      'heap of the compiler',
      '[ERROR] Failed to execute goal net.alchim31.maven:scala-maven-plugin:3.2.2:compile (scala-compile-first) on project spark-sql_2.10: Execution scala-compile-first failed: Java heap space -> [Help 1]',
    ],
    ['a thread', 'Exception in thread "main" java.lang.OutOfMemoryError: GC overhead limit exceeded'],
    ['a cause', 'Caused by: java.lang.OutOfMemoryError'],
    ['javac', '[ERROR] The system is out of resources.'],
    [
      'the kernel',
      '[12345.678901] Memory cgroup out of memory: Killed process 4711 (java) total-vm:7340032kB, anon-rss:6291456kB',
    ],
    ['an older kernel', 'Out of memory: Kill process 4711 (java) score 901 or sacrifice child'],
    ['bash', './make-distribution.sh: line 161:  4711 Killed                  "${BUILD_COMMAND[@]}"'],
  ])('%s', (_name, line) => {
    const found = diagnoseLog(`[INFO] Building Spark Project SQL 1.6.0\n${line}${mavenEnd}`, {
      memoryMib: 4096,
    });
    expect(found).toMatchObject({
      kind: 'memory',
      needsMoreMemory: true,
      isRetryable: false,
      step: 'Make distribution',
    });
    expect(found.message).toContain('(4096 MiB) ran out of memory');
    expect(found.hint).toBe('Give it more: --memory 6g');
  });

  test.each([
    '[INFO] Compiling core/src/test/scala/org/apache/spark/OutOfMemoryErrorSuite.scala',
    'Running org.example.JavaOutOfMemoryErrorTest',
    "[INFO] argLine: -XX:OnOutOfMemoryError='kill -9 %p' -XX:+HeapDumpOnOutOfMemoryError",
    '[WARNING] Handler.scala:12: catching java.lang.OutOfMemoryError is not safe',
    '[INFO] see also: java.lang.OutOfMemoryError',
    '+ echo tuned so that the Java heap space is enough',
    '[INFO] Killed time: 3 s',
  ])('a line that only mentions it is none: %s', (line) => {
    expect(diagnoseLog(`${line}${mavenEnd}`)).toMatchObject({kind: 'script', needsMoreMemory: false});
  });

  test('exit code 137 and SIGKILL count, unless the kernel is known to have killed nothing', () => {
    expect(diagnoseLog('', {error: ended(137)}).kind).toBe('memory');
    expect(diagnoseLog('', {error: ended(-1, 'KILL')}).kind).toBe('memory');
    expect(diagnoseLog('', {error: ended(137), oomKills: 0}).kind).toBe('script');
    expect(diagnoseLog('', {error: ended(1), oomKills: 2}).kind).toBe('memory');
  });

  test('a hang or a lost connection after it is explained by it', () => {
    const log = '[ERROR] java.lang.OutOfMemoryError: Metaspace';
    expect(diagnoseLog(log, {error: new SilenceError(1_200_000)}).kind).toBe('memory');
    expect(diagnoseLog(log, {error: new ConnectionLostError('reset')}).kind).toBe('memory');
    expect(diagnoseLog(log, {error: new BuildTimeoutError(1)}).kind).toBe('memory');
  });
});

describe('disk', () => {
  test.each([
    'cp: error writing ‘dist/lib/spark-assembly.jar’: No space left on device',
    '[ERROR] Failed to execute goal org.apache.maven.plugins:maven-jar-plugin:2.6:jar (default-jar) on project spark-core_2.10: Error assembling JAR: No space left on device -> [Help 1]',
    '[ERROR] Could not transfer artifact a:b:jar:1 from/to central (https://repo.example.com/m2): /home/vagrant/.m2/repository/a (No space left on device)',
    'rsync: [receiver] write failed on "/out/x.jar": No space left on device (28)',
    "E: You don't have enough free space in /var/cache/apt/archives/.",
  ])('%s', (line) => {
    expect(diagnoseLog(line)).toMatchObject({kind: 'disk-full', isRetryable: false});
  });

  test('a full host is seen by its own facts and errors too', () => {
    expect(diagnoseLog('', {freeBytes: 1000}).kind).toBe('disk-full');
    expect(diagnoseLog('', {error: new DiskFullError('/var/lib/lxc', 2 ** 20)})).toMatchObject({
      kind: 'disk-full',
      message: 'The disk of /var/lib/lxc is nearly full: 1 MiB are left.',
    });
    expect(
      diagnoseLog('', {
        error: Object.assign(new Error('ENOSPC: no space left on device, write'), {code: 'ENOSPC'}),
      }).kind,
    ).toBe('disk-full');
  });
});

describe('compile errors', () => {
  const path = '/home/vagrant/spark/sql/hive/src/main/scala/org/apache/spark/sql/hive/HiveContext.scala';

  test.each([
    [
      'scala-maven-plugin 3',
      `[ERROR] ${path}:34: object conf is not a member of package org.apache.hadoop.hive`,
    ],
    [
      'scala-maven-plugin 4',
      `[ERROR] [Error] ${path}:34: object conf is not a member of package org.apache.hadoop.hive`,
    ],
    [
      'zinc with columns',
      `[ERROR] [Error] ${path}:34:12: object conf is not a member of package org.apache.hadoop.hive`,
    ],
    ['sbt', `[error] ${path}:34: object conf is not a member of package org.apache.hadoop.hive`],
  ])('%s: the first one and how many', (_name, line) => {
    const log = `[WARNING] ${path}:30: unused import\n${line}\n[ERROR] import org.apache.hadoop.hive.conf.X\n[ERROR]  ^\n[ERROR] ${path}:60: not found: type X\n[ERROR] 85 errors found\n${mavenEnd}\n[ERROR] Failed to execute goal net.alchim31.maven:scala-maven-plugin:3.2.2:compile (scala-compile-first) on project spark-hive_2.10: wrap: org.apache.commons.exec.ExecuteException: Process exited with an error: 1 (Exit value: 1) -> [Help 1]`;
    expect(diagnoseLog(log)).toMatchObject({
      kind: 'compile-error',
      isRetryable: false,
      message:
        'The source does not compile: sql/hive/src/main/scala/org/apache/spark/sql/hive/HiveContext.scala:34: object conf is not a member of package org.apache.hadoop.hive (the first of 85 errors)',
    });
  });

  test('javac, alone and in Maven', () => {
    expect(
      diagnoseLog(
        '[ERROR] COMPILATION ERROR : \n[ERROR] /home/vagrant/spark/core/A.java:[12,34] cannot find symbol\n[INFO] 1 error',
      ).message,
    ).toBe('The source does not compile: core/A.java:12: cannot find symbol');
    expect(diagnoseLog('Bridge.java:7: error: package x does not exist').message).toBe(
      'The source does not compile: Bridge.java:7: package x does not exist',
    );
  });
});

describe('provisioning', () => {
  const provision = (log: string) =>
    diagnoseLog(log, {
      step: 'Provision',
      error: new CommandError(['vagrant', 'provision'], {
        exitCode: 1,
        stdout: '',
        stderr: '',
        timedOut: false,
      }),
    });

  test("Puppet's first error, without its follow-ups", () => {
    const found =
      provision(`Notice: /Stage[main]/Sparkbuilder::Trust/Exec[update]/returns: executed successfully
Error: Evaluation Error: Error while evaluating a Function Call, Debian 12 has no JDK 8 (file: /tmp/x/init.pp, line: 63, column: 5) on node box
Error: Could not retrieve catalog from remote server`);
    expect(found).toMatchObject({kind: 'provision', isRetryable: false});
    expect(found.message).toContain('Debian 12 has no JDK 8');
  });

  test.each([
    [
      "Error: Execution of '/usr/bin/apt-get -q -y install openjdk-8-jdk-headless' returned 100: E: Unable to locate package openjdk-8-jdk-headless",
      false,
    ],
    ["E: Package 'openjdk-8-jdk' has no installation candidate", false],
    [
      "E: Failed to fetch http://archive.example.org/x.deb  Temporary failure resolving 'archive.example.org'",
      true,
    ],
    ['Cannot find a valid baseurl for repo: base/7/x86_64', true],
    [
      "Error: Failed to download metadata for repo 'appstream': Cannot prepare internal mirrorlist: Curl error (6): Couldn't resolve host name",
      true,
    ],
    ['Error: Unable to find a match: java-1.8.0-openjdk-devel', false],
  ])('packages of the guest: %s', (line, isRetryable) => {
    expect(provision(line)).toMatchObject({kind: 'guest-packages', isRetryable});
  });

  test('lines behind the prefix of Vagrant and in colour count as well', () => {
    expect(
      provision('==> default: \u001b[1;31mError: Could not find class sparkbuilder\u001b[0m').message,
    ).toBe('Puppet stopped: Could not find class sparkbuilder');
  });
});

describe('what the error itself says', () => {
  test.each([
    ['interrupted', new InterruptedError('SIGTERM'), {}],
    ['machine-gone', new MachineGoneError('build-spark-a', 'absent'), {}],
    ['machine-gone', new ConnectionLostError('reset'), {machineState: 'stopped'}],
    ['connection-lost', new ConnectionLostError('reset'), {machineState: 'running'}],
    ['timeout', new BuildTimeoutError(60_000), {}],
    ['silence', new SilenceError(60_000), {}],
    ['boot', new BuildError('No address.', 'Look.'), {step: 'Boot machine'}],
    ['smoke', new BuildError('Hive answered.', 'Look.'), {step: 'Smoke query'}],
    ['verify', new BuildError('No beeline.', 'Look.'), {step: 'Verify and publish'}],
    ['patch', new BuildError('The block is not as known.', 'Look.'), {step: 'Undelete'}],
    ['unknown', new TypeError('x is not a function'), {}],
  ] as const)('%s', (kind, error, rest) => {
    expect(diagnoseLog('[INFO] all is well', {error, ...rest}).kind).toBe(kind);
  });

  test('a step that knows the reason keeps its words', () => {
    expect(diagnoseLog('', {step: 'Smoke query', error: new BuildError('Hive answered.', 'Look.')})).toEqual({
      kind: 'smoke',
      message: 'Hive answered.',
      hint: 'Look.',
      step: 'Smoke query',
      isRetryable: false,
      needsMoreMemory: false,
    });
  });

  test('a patch that does not fit names the hunk', () => {
    expect(
      diagnoseLog('patching file pom.xml\n1 out of 2 hunks FAILED -- saving rejects to file pom.xml.rej', {
        step: 'Apply patches',
      }),
    ).toMatchObject({
      kind: 'patch',
      message: 'A patch does not fit: 1 out of 2 hunks FAILED -- saving rejects to file pom.xml.rej',
    });
  });

  test('any other end of the script gives the goal that failed', () => {
    const found = diagnoseLog(
      '[ERROR] Failed to execute goal org.apache.maven.plugins:maven-enforcer-plugin:1.4:enforce (enforce-versions) on project spark-parent_2.10: Some Enforcer rules have failed. Look above for specific messages explaining why the rule failed. -> [Help 1]',
    );
    expect(found.kind).toBe('script');
    expect(found.message).toContain(
      'ended with exit code 1. Failed to execute goal org.apache.maven.plugins:maven-enforcer-plugin',
    );
  });

  test('git that cannot reach its host is of the network', () => {
    const error = new CommandError(['git', 'fetch'], {
      exitCode: 128,
      stdout: '',
      stderr: "fatal: unable to access 'https://github.com/x/': Could not resolve host: github.com",
      timedOut: false,
    });
    expect(diagnoseLog('', {step: 'Prepare source', error})).toMatchObject({
      kind: 'network',
      isRetryable: true,
    });
  });
});

test("a crash of Java's own machine is named by its signal and frame", () => {
  const log = `[INFO] Using incremental compilation
#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGBUS (0x7) at pc=0x00007f34d18bf061, pid=2982, tid=0x00007f3485f6d6c0
#
# JRE version: OpenJDK Runtime Environment (8.0_504-b01)
# Problematic frame:
# C  [libzip.so+0x5061]
#
./dev/make-distribution.sh: line 160:  2982 Segmentation fault      "\${BUILD_COMMAND[@]}"`;
  expect(diagnoseLog(log, {error: ended(139)})).toMatchObject({
    kind: 'jvm-crash',
    message: expect.stringMatching(/SIGBUS .*libzip\.so/),
    isRetryable: false,
  });
});
