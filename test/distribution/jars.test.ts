import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {classes} from '../support/classes.ts';
import {findMainJars, readJarFacts} from '../../src/distribution/jars.ts';
import {assembly, makeFolder} from './fake-dist.ts';

/** Only the directory of a zip with 64-bit records, since nothing but names is read. Source: APPNOTE.TXT 4.3. */
function renderZipDirectory(names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    const entry = Buffer.alloc(46 + name.length);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(name.length, 28);
    entry.write(name, 46, 'latin1');
    return entry;
  });
  const directory = Buffer.concat(entries);
  const end64 = Buffer.alloc(56 + 20 + 22);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(BigInt(names.length), 24);
  end64.writeBigUInt64LE(BigInt(names.length), 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(directory.length), 64);
  end64.writeUInt32LE(1, 72);
  end64.writeUInt32LE(0x06054b50, 76);
  end64.fill(0xff, 84, 96);
  return Buffer.concat([directory, end64]);
}

test('a jar of 70,000 entries is read whole: more than the old zip format can count', async () => {
  const dir = await makeFolder();
  const names = Array.from({length: 70_000}, (_each, index) => `org/apache/spark/C${index}.class`);
  await mkdir(dirname(join(dir, assembly)));
  await writeFile(join(dir, assembly), renderZipDirectory([...names, classes.thriftserver]));
  const facts = await readJarFacts(dir, [assembly]);
  expect(facts).toMatchObject({layout: 'lib', entries: 70_001, broken: []});
  expect(facts.found.get(classes.thriftserver)).toBe(assembly);
});

test.each<[string, readonly string[], string, readonly string[]]>([
  [
    '1.x',
    ['lib/spark-assembly-1.jar', 'lib/spark-examples-1.jar', 'lib/datanucleus-core.jar'],
    'lib',
    ['lib/spark-assembly-1.jar'],
  ],
  ['2.x', ['jars/a.jar', 'examples/jars/b.jar', 'yarn/c.jar', 'jars/x/d.jar'], 'jars', ['jars/a.jar']],
  ['cdh6', ['hive/h.jar', 'jars/a.jar'], 'jars', ['hive/h.jar', 'jars/a.jar']],
  ['no Spark', ['bin/x'], 'unknown', []],
])('finds the jars of %s', (_name, paths, layout, mainJars) =>
  expect(findMainJars(paths)).toEqual({layout, mainJars}),
);
