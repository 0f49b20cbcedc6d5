// Holds classes that a test writes against others that it writes, through real jars.
import {join} from 'node:path';
import {expect} from 'vitest';
import {flags} from '../../src/linking/class-file.ts';
import {indexFolders} from '../../src/linking/class-folder.ts';
import {holdAgainst, readDist, type LinkVerdict} from '../../src/linking/hold-against.ts';
import {makeFolder} from '../distribution/fake-dist.ts';
import {writeClassJar, type ClassText} from './class-writer.ts';

export const hive = 'org/apache/hadoop/hive/ql';
export const abstractInterface = flags.public | flags.interface | flags.abstract;

export async function hold(
  dist: readonly ClassText[],
  ...jars: readonly (readonly ClassText[])[]
): Promise<LinkVerdict & {readonly lines: readonly string[]}> {
  const folder = await makeFolder();
  await writeClassJar(join(folder, 'dist/jars/spark.jar'), dist);
  for (const [index, classes] of jars.entries())
    await writeClassJar(join(folder, `cluster/${index}.jar`), classes);
  const cluster = await indexFolders([join(folder, 'cluster')]);
  const verdict = await holdAgainst(await readDist(join(folder, 'dist')), cluster, 'the cluster');
  const lines = verdict.gaps.map(
    ({kind, class: name, name: member, descriptor, reason, callers}) =>
      `${kind} ${name}${member === undefined ? '' : ` ${member} ${descriptor ?? ''}`}: ${reason} <- ${callers.join(' ')}`,
  );
  expect(verdict.ok).toBe(verdict.gaps.length === 0);
  return {...verdict, lines};
}
