import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {indexFolders} from '../../src/linking/class-folder.ts';
import {makeFolder} from '../distribution/fake-dist.ts';
import {writeClass, writeClassJar, writeZip} from './class-writer.ts';

test('jars through links, classes below a folder of any depth, single jars', async () => {
  const folder = await makeFolder();
  await writeClassJar(join(folder, 'jars/hive.jar'), [{name: 'a/InJar'}]);
  await mkdir(join(folder, 'lib/hive'), {recursive: true});
  await symlink('../../jars/hive.jar', join(folder, 'lib/hive/hive.jar'));
  await symlink('nowhere.jar', join(folder, 'lib/hive/dangling.jar'));
  await symlink('.', join(folder, 'lib/hive/round'));
  const loose = join(folder, 'lib/target/classes/b/Loose.class');
  await mkdir(dirname(loose), {recursive: true});
  await writeFile(loose, writeClass({name: 'b/Loose'}));
  const names = ['a/InJar', 'b/Loose', 'c/Absent'];
  const index = await indexFolders([join(folder, 'lib')]);
  expect([...(await index.find(names)).keys()].sort()).toEqual(['a/InJar', 'b/Loose']);
  const single = await indexFolders([join(folder, 'jars/hive.jar')]);
  expect([...(await single.find(names)).keys()]).toEqual(['a/InJar']);
});

test('equal copies are read once, different ones all', async () => {
  const folder = await makeFolder();
  await writeClassJar(join(folder, '1.jar'), [{name: 'a/Same'}, {name: 'a/Other'}]);
  await writeClassJar(join(folder, '2.jar'), [{name: 'a/Same'}, {name: 'a/Other', has: ['x()V']}]);
  const found = await (await indexFolders([folder])).find(['a/Same', 'a/Other']);
  expect([...found].map(([name, copies]) => `${name} ${copies.length}`).sort()).toEqual([
    'a/Other 2',
    'a/Same 1',
  ]);
});

test('a path that is not there, a folder with neither, and all jars that cannot be read are exit 2', async () => {
  const folder = await makeFolder();
  await expect(indexFolders([join(folder, 'gone')])).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('is not there'),
  });
  await writeFile(join(folder, 'readme.txt'), 'x');
  await expect(indexFolders([folder])).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('neither a jar nor a class'),
  });
  await writeFile(join(folder, 'a.jar'), 'not a zip');
  await writeFile(join(folder, 'b.jar'), '');
  await expect(indexFolders([folder])).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/a\.jar[^]*b\.jar/),
  });
});

test('a class file that is none, and one that was damaged in its jar, are named', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'Bad.class'), 'no class');
  await expect(indexFolders([folder])).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('Bad.class'),
  });
  const path = join(folder, 'x.jar');
  await writeZip(path, new Map([['a/B.class', writeClass({name: 'a/B'})]]), false);
  const bytes = await readFile(path);
  bytes.write('C', bytes.indexOf('a/B', 45) + 2); // Still a class, and another one.
  await writeFile(path, bytes);
  const index = await indexFolders([path]);
  await expect(index.find(['a/B'])).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('a/B.class in '),
  });
});
