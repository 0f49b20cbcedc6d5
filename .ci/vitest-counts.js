// Sums one JSON report of vitest: prints `<passed> <failed>`, and the failures on stderr. Knows nothing of other checks.
// usage: node vitest-counts.js <report> [--may-be-empty]
import {readFileSync} from 'node:fs';
import {argv, exit, stderr, stdout} from 'node:process';

const report = JSON.parse(readFileSync(argv[2], 'utf8'));
let passed = 0;
let failed = 0;
const fail = (name, message) => {
  failed += 1;
  stderr.write(`✗ ${name}\n${message.split('\n').slice(0, 12).join('\n')}\n`);
};

for (const file of report.testResults) {
  const failures = file.assertionResults.filter(({status}) => status === 'failed');
  passed += file.assertionResults.filter(({status}) => status === 'passed').length;
  for (const test of failures) {
    fail(`${file.name} > ${test.fullName}`, (test.failureMessages ?? []).join('\n'));
  }
  // A file that cannot be loaded, or whose hook failed, has no failed test of its own.
  if (file.status === 'failed' && failures.length === 0) fail(file.name, file.message ?? '');
}
if (passed + failed === 0 && argv[3] !== '--may-be-empty') fail('no tests', 'The project has no test files.');
if (report.success !== true && failed === 0) fail('vitest', 'It reports a failure outside the tests.');
stdout.write(`${passed} ${failed}\n`);
exit(0);
