import {describe, expect, test} from 'vitest';
import {readUndeleteRules} from '../../src/catalogue/removal.ts';
import {UsageError} from '../../src/core/errors.ts';
import {planUndelete} from '../../src/source/undelete.ts';
import {block, makeFolder, makeTools, script, writeFiles} from './fixtures.ts';

const rules = await readUndeleteRules();
const plan = (text: string, features: readonly ('thriftserver' | 'sparkr')[]) =>
  planUndelete(text, 'dev/make.sh', features, rules);

describe('planUndelete', () => {
  test.each([
    [
      ['thriftserver'],
      ['bin/spark-sql', 'bin/beeline', 'sbin/start-thriftserver.sh', 'sbin/stop-thriftserver.sh'],
    ],
    [['sparkr'], ['bin/sparkR']],
    [
      ['thriftserver', 'sparkr'],
      [
        'bin/spark-sql',
        'bin/beeline',
        'bin/sparkR',
        'sbin/start-thriftserver.sh',
        'sbin/stop-thriftserver.sh',
      ],
    ],
  ] as const)('%j keeps only its own scripts, and changes only their lines', (features, kept) => {
    const result = plan(script, features);
    expect(result).toMatchObject({status: 'edited', kept});
    const lines = result.status === 'edited' ? result.text.split('\n') : [];
    const changed = script.split('\n').filter((line, index) => lines[index] !== line);
    expect(changed).toEqual(kept.map((path) => `rm "$DISTDIR/${path}"`));
    expect(lines.filter((line) => line.startsWith('rm '))).toHaveLength(5 - kept.length);
  });

  test('nothing is edited without features, and without the block', () => {
    expect(plan(script, [])).toEqual({status: 'nothing', kept: []});
    expect(plan('#!/bin/bash\necho\n', ['thriftserver'])).toEqual({status: 'nothing', kept: []});
  });

  test('the clean-up of .cmd files goes on', () => {
    const text = script.replace(block[5]!, `${block[5]!}\nrm $DISTDIR/bin/*.cmd`);
    const result = plan(text, ['thriftserver', 'sparkr']);
    expect(result.status === 'edited' && result.text).toContain('\nrm $DISTDIR/bin/*.cmd\n');
  });

  test.each([
    ['a line that is no rm', (text: string) => text.replace(block[2]!, 'cp a b')],
    ['an option of rm', (text: string) => text.replace(block[2]!, 'rm -f "$DISTDIR/bin/beeline"')],
    ['another script', (text: string) => text.replace('beeline', 'pyspark')],
    ['a missing line', (text: string) => text.replace(`${block[2]!}\n`, '')],
    ['a line twice', (text: string) => text.replace(block[2]!, `${block[2]!}\n${block[2]!}`)],
    ['the block twice', (text: string) => `${text}\n${block.join('\n')}\n`],
    ['a removal after the block', (text: string) => `${text}rm "$DISTDIR"/bin/beeline\n`],
    ['a conditional removal', (text: string) => `${text}test -f x && rm -f "$DISTDIR/bin/sparkR"\n`],
    ['no comment over it', (text: string) => text.replace(block[0]!, '# Clean up')],
    ['Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
  ])('refuses %s', (_, change) => {
    expect(change(script)).not.toBe(script);
    expect(() => plan(change(script), ['thriftserver'])).toThrow(UsageError);
  });

  test.each([
    ['as it is', script],
    ['at the end of the file', script.replace('\necho done\n', '')],
    ['at the end, without a newline', script.replace('\n\necho done\n', '')],
    ['at the top', block.join('\n')],
  ])('patch -p0 makes the same script of the diff: block %s', async (_, text) => {
    const folder = await makeFolder();
    await writeFiles(folder, {'dev/make.sh': text});
    const result = plan(text, ['thriftserver']);
    if (result.status !== 'edited') throw new Error('not edited');
    const {exec} = makeTools(folder);
    await exec(['patch', '-p0', '-F0', '-d', folder], {input: result.diff});
    const {stdout} = await exec(['cksum', `${folder}/dev/make.sh`]);
    await writeFiles(folder, {'dev/make.sh': result.text});
    expect((await exec(['cksum', `${folder}/dev/make.sh`])).stdout).toBe(stdout);
  });
});
