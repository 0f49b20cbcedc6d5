// What Maven got, and should not have taken. The lines are those of Maven 3.8.7 and 3.9.9 with a server that misbehaves,
// shortened, with another host's name.
import {describe, expect, test} from 'vitest';
import {diagnose, type Diagnosis} from '../../src/recipe/failures.ts';
import type {Proxies} from '../../src/core/proxies.ts';
import {RemoteCommandError} from '../../src/core/ssh.ts';

const end = `[ERROR] 
[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.
[ERROR] Re-run Maven using the -X switch to enable full debug logging.
[ERROR] 
[ERROR] For more information about the errors and possible solutions, please read the following articles:
[ERROR] [Help 1] http://cwiki.apache.org/confluence/display/MAVEN/ProjectBuildingException
[ERROR] [Help 2] http://cwiki.apache.org/confluence/display/MAVEN/ModelParseException`;

function diagnoseLog(log: string, proxies?: Proxies): Diagnosis {
  const error = new RemoteCommandError(['./make-distribution.sh'], {exitCode: 1, stdout: '', stderr: ''});
  const found = diagnose({step: 'Make distribution', error, logTail: `${log}\n${end}`.split('\n'), proxies});
  expect(found.message + found.hint).not.toMatch(/cwiki|\[Help|re-run Maven/i);
  return found;
}

const repository = '/home/vagrant/.m2/repository';
const parent = (cause: string): string =>
  `[ERROR] [ERROR] Some problems were encountered while processing the POMs:
[FATAL] Non-resolvable parent POM for g:a:1: The following artifacts could not be resolved: org.test:par:pom:1.0 (absent): Could not transfer artifact org.test:par:pom:1.0 from/to corp (http://repo.corp.test/r): ${cause}
 @ 
[ERROR] The build could not read 1 project -> [Help 1]
[ERROR]   
[ERROR]   The project g:a:1 (/home/vagrant/spark/pom.xml) has 1 error
[ERROR]     Non-resolvable parent POM for g:a:1: The following artifacts could not be resolved: org.test:par:pom:1.0 (absent): Could not transfer artifact org.test:par:pom:1.0 from/to corp (http://repo.corp.test/r): ${cause} -> [Help 2]`;
const dependency = (cause: string, file = 'pom'): string =>
  `[ERROR] Failed to execute goal on project a: Could not collect dependencies for project g:a:jar:1
[ERROR] Failed to read artifact descriptor for org.test:thing:jar:1.0
[ERROR] \tCaused by: The following artifacts could not be resolved: org.test:thing:${file}:1.0 (absent): Could not transfer artifact org.test:thing:${file}:1.0 from/to corp (http://repo.corp.test/r): ${cause}
[ERROR] -> [Help 1]`;

test('a page in place of a pom: which, from where, and what Maven found in it', () => {
  const found =
    diagnoseLog(`[WARNING] Checksum validation failed, no checksums available from corp for http://repo.corp.test/r/org/test/par/1.0/par-1.0.pom
[ERROR] [ERROR] Some problems were encountered while processing the POMs:
[FATAL] Non-parseable POM ${repository}/org/test/par/1.0/par-1.0.pom: Expected root element 'project' but found 'html' (position: START_TAG seen <!DOCTYPE html><html>... @1:22)  @ ${repository}/org/test/par/1.0/par-1.0.pom, line 1, column 22
[ERROR] The build could not read 1 project -> [Help 1]`);
  expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
  expect(found.message).toBe(
    "Maven cannot get org.test:par:pom:1.0 from repo.corp.test: what came is not a pom, perhaps a page to log in. Expected root element 'project' but found 'html'",
  );
  expect(found.hint).toMatch(/repo\.corp\.test.*--maven-settings.*--mirror/);
});

test('a pom of the source itself that cannot be read is no download', () => {
  const found = diagnoseLog(
    `[FATAL] Non-parseable POM /home/vagrant/spark/core/pom.xml: end tag name </b> must match start tag name <a> from line 1 @ line 1, column 7
[ERROR] The build could not read 1 project -> [Help 1]
[ERROR]   The project  (/home/vagrant/spark/core/pom.xml) has 1 error
[ERROR]     Non-parseable POM /home/vagrant/spark/core/pom.xml: end tag name </b> must match start tag name <a> from line 1 @ line 1, column 7 -> [Help 2]`,
  );
  expect(found.kind).toBe('script');
  expect(found.message).toContain('Non-parseable POM /home/vagrant/spark/core/pom.xml: end tag name </b>');
});

describe('a jar that is none', () => {
  test.each([
    `[ERROR] error reading ${repository}/org/test/thing/1.0/thing-1.0.jar; zip END header not found
[ERROR] /home/vagrant/spark/core/src/main/java/A.java:[1,1] cannot access unnamed package
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.13.0:compile (default-compile) on project a: Compilation failure: Compilation failure: 
[ERROR] error reading ${repository}/org/test/thing/1.0/thing-1.0.jar; zip END header not found`,
    `[error] error: error reading ${repository}/org/test/thing/1.0/thing-1.0.jar; error in opening zip file`,
  ])('by the compiler: %#', (lines) => {
    const found = diagnoseLog(
      `Downloaded from corp: http://repo.corp.test/r/org/test/thing/1.0/thing-1.0.jar (5.0 kB at 2 kB/s)\n${lines}`,
    );
    expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
    expect(found.message).toMatch(
      /^Maven cannot get org\.test:thing:jar:1\.0 from repo\.corp\.test: what came is not a jar, .*(zip END header not found|error in opening zip file)$/,
    );
  });

  test('whose checksum Maven only warned of: again, once', () => {
    const found = diagnoseLog(
      `[WARNING] Checksum validation failed, expected '0123' (REMOTE_EXTERNAL) but is actually 'f19e' from corp for http://repo.corp.test/r/org/test/thing/1.0/thing-1.0.jar
[ERROR] error reading ${repository}/org/test/thing/1.0/thing-1.0.jar; zip END header not found`,
    );
    expect(found).toMatchObject({kind: 'network', isRetryable: true});
    expect(found.message).toMatch(
      /org\.test:thing:jar:1\.0 from repo\.corp\.test: .*another checksum.*zip END/,
    );
  });
});

describe('a wrong checksum', () => {
  test.each([
    parent(
      "Checksum validation failed, expected '0123' (REMOTE_EXTERNAL) but is actually 'f6b1' and 'parent.relativePath' points at no local POM @ line 1, column 52",
    ),
    dependency("Checksum validation failed, expected '0123' (REMOTE_EXTERNAL) but is actually 'f6b1'"),
    dependency('Checksum validation failed, expected 0123 but is f6b1'),
  ])('is said with both, and tried again: %#', (log) => {
    const found = diagnoseLog(log);
    expect(found).toMatchObject({kind: 'network', isRetryable: true});
    expect(found.message).toMatch(
      /^Maven cannot get org\.test:(par|thing):pom:1\.0 from repo\.corp\.test: .*expected '?0123.* but is.* '?f6b1'?$/,
    );
    expect(found.hint).toContain('repo.corp.test');
  });

  test('none at all is the repository’s own affair', () => {
    const found = diagnoseLog(dependency('Checksum validation failed, no checksums available'));
    expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
    expect(found.message).toContain('no checksum for it');
  });
});

test.each([
  'Premature end of Content-Length delimited message body (expected: 100,000; received: 5,004)',
  'GET request of: org/test/thing/1.0/thing-1.0.jar from corp failed: Premature end of Content-Length delimited message body (expected: 100,000; received: 5,004)',
])('what broke off says after how much, and is tried again: %s', (cause) => {
  const found = diagnoseLog(dependency(cause, 'jar'));
  expect(found).toMatchObject({kind: 'network', isRetryable: true});
  expect(found.message).toMatch(
    /thing:jar:1\.0 from repo\.corp\.test: it broke off\. .*100,000; received: 5,004\)$/,
  );
});

test('who drops the connection is tried again', () => {
  expect(diagnoseLog(dependency('repo.corp.test failed to respond'))).toMatchObject({
    kind: 'network',
    isRetryable: true,
  });
});

test.each([
  [
    parent(
      "ClientProtocolException and 'parent.relativePath' points at no local POM @ line 1, column 52: Circular redirect to 'http://repo.corp.test/r/org/test/par/1.0/par-1.0.pom'",
    ),
    'ClientProtocolException',
  ],
  [
    parent(
      "transfer failed for http://repo.corp.test/r/org/test/par/1.0/par-1.0.pom and 'parent.relativePath' points at no local POM @ line 1, column 52: ClientProtocolException: Maximum redirects (50) exceeded",
    ),
    'Maximum redirects (50) exceeded',
  ],
  [dependency('ClientProtocolException'), 'ClientProtocolException'],
])('redirects without end: %#', (log, sentence) => {
  const found = diagnoseLog(log);
  expect(found).toMatchObject({kind: 'dependency', isRetryable: false});
  expect(found.message).toContain('from repo.corp.test: the repository redirects in a circle');
  expect(found.message).toContain(sentence);
  expect(found.hint).toContain('curl -sIL http://repo.corp.test/r');
});

describe('a refusal through a proxy', () => {
  const refused = dependency('status code: 403, reason phrase: Forbidden (403)').replace('http:', 'https:');
  const proxies = {https: 'http://10.0.3.1:3128', no: 'direct.test'};

  test('may be the proxy’s: no talk of credentials', () => {
    const found = diagnoseLog(refused, proxies);
    expect(found.message).toContain('the proxy, or the repository behind it, refuses (403)');
    expect(found.hint).not.toMatch(/credentials|--maven-settings/);
    expect(found.hint).toContain('--no-proxy');
  });

  test('is the repository’s where no_proxy names it, and where there is no proxy', () => {
    for (const given of [{...proxies, no: 'corp.test'}, undefined])
      expect(diagnoseLog(refused, given).hint).toContain('--maven-settings');
  });

  test.each([
    'status code: 407, reason phrase: Proxy Authentication Required (407)',
    'proxy authentication failed for https://repo.corp.test/r/x.pom, status: 407 Proxy Authentication Required',
  ])('407 is the proxy’s, which wants a login: %s', (cause) => {
    const found = diagnoseLog(dependency(cause), proxies);
    expect(found.message).toContain('the proxy wants a login (407)');
    expect(found.hint).toContain('--proxy http://USER:PASSWORD@');
  });
});
