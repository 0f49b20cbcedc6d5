import {describe, expect, test} from 'vitest';
import {diagnose} from '../../src/recipe/failures.ts';
import {RemoteCommandError} from '../../src/core/ssh.ts';

function diagnoseLog(log: string) {
  const error = new RemoteCommandError(['./make-distribution.sh'], {exitCode: 1, stdout: '', stderr: ''});
  return diagnose({step: 'Make distribution', error, logTail: log.trim().split('\n')});
}

describe('dependencies', () => {
  const parent = (cause: string): string =>
    `[ERROR] [ERROR] Some problems were encountered while processing the POMs:
[FATAL] Non-resolvable parent POM for org.apache.spark:spark-parent_2.10:1.6.0-cdh5.7.0: Could not transfer artifact com.cloudera.cdh:cdh-root:pom:5.7.0 from/to cdh.repo (https://repository.cloudera.com/repository/cloudera-repos/): ${cause} and 'parent.relativePath' points at no local POM @ line 22, column 11`;
  const dependency = (cause: string): string =>
    `[WARNING] Could not transfer metadata x:y/maven-metadata.xml from/to snapshots (https://old.example.com/): Connection refused
[ERROR] Failed to execute goal on project spark-streaming-mqtt_2.10: Could not resolve dependencies for project org.apache.spark:spark-streaming-mqtt_2.10:jar:1.6.0: ${cause} -> [Help 1]`;

  test('a missing artifact is named with the host, and is permanent', () => {
    const log = dependency(
      'Could not find artifact org.eclipse.paho:org.eclipse.paho.client.mqttv3:jar:1.0.1 in nearest (https://mirror.example.org/maven2)',
    );
    expect(diagnoseLog(log)).toMatchObject({
      kind: 'dependency',
      isRetryable: false,
      message:
        'Maven cannot get org.eclipse.paho:org.eclipse.paho.client.mqttv3:jar:1.0.1 from mirror.example.org: no repository that was asked has it.',
    });
    expect(diagnoseLog(log).hint).not.toContain('apache');
  });

  test("a module of the source's own asks for no other dependencies, whatever number it bears", () => {
    const found = diagnoseLog(
      dependency(
        'Could not find artifact org.apache.spark:spark-core_2.10:jar:tests:1.6.0-cdh5.11.2 in central (https://mirror.example.org/maven2)',
      ),
    );
    expect(found.message).toContain('spark-core_2.10:jar:tests:1.6.0-cdh5.11.2 from mirror.example.org');
    expect(found.hint).not.toContain('apache');
  });

  test.each([
    ['Transfer failed for https://repository.cloudera.com/x.pom 401 Unauthorized', '401'],
    ['authentication failed for https://repository.cloudera.com/x.pom, status: 401 Unauthorized', '401'],
    ['status code: 403, reason phrase: Forbidden (403)', '403'],
    [
      'Failed to transfer file: https://repository.cloudera.com/x.pom. Return code is: 403 , ReasonPhrase:Forbidden.',
      '403',
    ],
  ])('refused: %s', (cause, status) => {
    const found = diagnoseLog(parent(cause));
    expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
    expect(found.message).toBe(
      `Maven cannot get com.cloudera.cdh:cdh-root:pom:5.7.0 from repository.cloudera.com: the repository refuses (${status}).`,
    );
    expect(found.hint).toContain('--dependencies apache');
  });

  // Maven 3.9 has a line for each repository that was asked, Maven Central first.
  const asked = (cause: string): string => {
    const name = 'org.apache.hadoop:hadoop-annotations:jar:2.6.0-cdh5.5.2';
    return `[ERROR] Failed to execute goal on project spark-core_2.10: Could not resolve dependencies for project org.apache.spark:spark-core_2.10:jar:1.5.0-cdh5.5.2
[ERROR] dependency: ${name} (provided)
[ERROR] 	Could not find artifact ${name} in central (https://mirror.example.org/maven2)
[ERROR] 	Could not transfer artifact ${name} from/to cloudera (https://there.example.org/repos/): ${cause}
[ERROR] -> [Help 1]`;
  };

  test.each([
    [
      'authentication failed for https://there.example.org/x.jar, status: 401 Unauthorized',
      'the repository refuses (401).',
    ],
    [
      'authorization failed for https://there.example.org/x.jar, status: 403 Forbidden',
      'the repository refuses (403).',
    ],
    [
      'status code: 503, reason phrase: Service Unavailable (503)',
      'the host answered with an error of its own.',
    ],
    ['Connect to there.example.org:443 failed: connect timed out', 'the host was out of reach.'],
    ['GET request of: x.jar from cloudera failed', 'it broke off.'],
    [
      'transfer failed for https://there.example.org/x.jar',
      'the transfer failed, and Maven does not say why',
    ],
    [
      'PKIX path building failed: unable to find valid certification path',
      'its certificate is not trusted in the machine.',
    ],
    [
      "Checksum validation failed, expected '0' (REMOTE_EXTERNAL) but is actually '8'",
      'what came has another checksum',
    ],
  ])('that one repository lacks it does not hide why another gave none: %s', (cause, why) => {
    const {message, hint} = diagnoseLog(asked(cause));
    expect(message).toContain(
      `Maven cannot get org.apache.hadoop:hadoop-annotations:jar:2.6.0-cdh5.5.2 from there.example.org: ${why}`,
    );
    if (why.includes('refuses'))
      expect(hint).toContain(
        '--mirror cdh.repo=https://USER:PASSWORD@there.example.org/repos/, or --maven-settings',
      );
  });

  test('an untrusted certificate asks for --ca-cert', () => {
    const found = diagnoseLog(
      parent(
        'PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
      ),
    );
    expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
    expect(found.hint).toContain('--ca-cert');
  });

  test('a blocked http repository asks for a mirror of that id', () => {
    const found = diagnoseLog(
      dependency(
        'Failed to collect dependencies at a:b:jar:1 -> c:d:jar:2: Failed to read artifact descriptor for c:d:jar:2: Could not transfer artifact c:d:pom:2 from/to maven-default-http-blocker (http://0.0.0.0/): Blocked mirror for repositories: [mapr-repo (http://repository.mapr.com/maven, default, releases)]',
      ),
    );
    expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
    expect(found.message).toContain('c:d:pom:2 from repository.mapr.com');
    expect(found.hint).toContain('--mirror mapr-repo=https://');
  });

  test.each([
    'repository.cloudera.com: Name or service not known',
    'Unknown host repository.cloudera.com: Temporary failure in name resolution',
    'Connect to repository.cloudera.com:443 [repository.cloudera.com/192.0.2.1] failed: Connection refused (Connection refused)',
    'Connect to repository.cloudera.com:443 failed: connect timed out',
    'Read timed out',
    'Premature end of Content-Length delimited message body',
    'status code: 503, reason phrase: Service Unavailable (503)',
    'Failed to transfer file: x. Return code is: 502 , ReasonPhrase:Bad Gateway.',
  ])('what may pass is of the network and can be tried again: %s', (cause) => {
    expect(diagnoseLog(parent(cause))).toMatchObject({kind: 'network', isRetryable: true});
  });

  test('a remembered failure is read for its artifact too', () => {
    const found = diagnoseLog(
      dependency(
        'Failure to find a.b:c:jar:1.0 in https://mirror.example.org/m2 was cached in the local repository, resolution will not be reattempted until the update interval of nearest has elapsed or updates are forced',
      ),
    );
    expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
    expect(found.message).toContain('a.b:c:jar:1.0 from mirror.example.org');
  });
});
