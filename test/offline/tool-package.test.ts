// The tool in a bundle: with the packages that it needs, where node looks for them.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {packTool} from '../../src/offline/tool-package.ts';
import {createExec} from '../../src/core/exec.ts';
import {projectRoot} from '../../src/core/paths.ts';

test('has its packages in it, and what they need', async () => {
  const work = await mkdtemp(join(tmpdir(), 'tool-package-'));
  try {
    const exec = createExec({PATH: '/usr/bin:/bin'});
    const {path, name} = await packTool(exec, projectRoot, work);
    expect(name).toMatch(/^build-spark-.*\.tgz$/);
    const {stdout} = await exec(['tar', '-tzf', path]);
    for (const wanted of ['ssh2', 'asn1', 'hive-driver', 'thrift'])
      expect(stdout).toContain(`package/node_modules/${wanted}/package.json\n`);
    expect(stdout).toContain('package/bin/build-spark\n');
  } finally {
    await rm(work, {recursive: true, force: true});
  }
});
