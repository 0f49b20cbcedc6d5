// Which artifact each jar is, and which went into it: from what Maven resolved, and without.
import {describe, expect, test} from 'vitest';
import {findOrigins, type JarContent} from '../../src/proof/jar-origins.ts';
import {nothingResolved, parseResolved} from '../../src/proof/resolved.ts';

const sum = (digit: string): string => digit.repeat(64);
const coordinates = (artifactId: string, version = '1'): JarContent['poms'][number] => ({
  groupId: 'g',
  artifactId,
  version,
});
const entry = (name: string, crc32: number): JarContent['entries'][number] => ({
  ...{name, crc32, offset: 0, compressedBytes: 1, bytes: 1, method: 0},
});

const text = [
  `artifact\tg\tassembly\tjar\t\t1\t${sum('a')}\t\t`,
  `artifact\tg\tcore\tjar\t\t1\t${sum('b')}\tApache License, Version 2.0\tg/core/A.class=1`,
  `artifact\tlib\tsame\tjar\t\t2\t${sum('c')}\tMIT | BSD\tlib/same/A.class=2,lib/same/B.class=3`,
  `artifact\tlib\tchanged\tjar\t\t2\t${sum('d')}\t\tlib/changed/A.class=4`,
  `artifact\tlib\tmoved\tjar\tshaded\t2\t${sum('e')}\t\tlib/moved/inner/A.class=5`,
  `artifact\tlib\tleft-out\tjar\t\t2\t${sum('f')}\t\torg/left/out/A.class=6`,
  `artifact\tlib\tprovided\tjar\t\t2\t${sum('0')}\t\tlib/provided/A.class=7`,
  'artifact\tbad name\tx\tjar\t\t2\t\t\t',
  'member\tg:assembly:1\tg:core:jar::1\tcompile',
  ...['same:jar::2', 'changed:jar::2', 'moved:jar:shaded:2', 'left-out:jar::2'].map(
    (key) => `member\tg:assembly:1\tlib:${key}\truntime`,
  ),
  'member\tg:assembly:1\tlib:provided:jar::2\tprovided',
  'member\tg:core:1\tlib:same:jar::2\tcompile',
  'what a hostile guest may write besides',
  'member\tg:assembly:1\tlib:same:jar::2\u001b\truntime',
  'member\tg:assembly\tlib:same:jar::2\truntime',
  'member\tg:other:1\tlib:same:jar::2\trun time',
  `artifact\tlib\tlicensed\tjar\t\t2\t\tA\u001b[2JB | ${'x'.repeat(5_000)}\t`,
].join('\n');

const assembly: JarContent = {
  path: 'lib/spark-assembly-1.jar',
  sha256: sum('9'),
  entries: [
    entry('g/core/A.class', 1),
    entry('lib/same/A.class', 99),
    entry('lib/same/B.class', 3),
    entry('lib/changed/A.class', 99),
    entry('own/lib/moved/inner/A.class', 99),
    entry('lib/provided/A.class', 7),
  ],
  poms: [coordinates('core'), coordinates('assembly')],
};

describe('with what Maven resolved', () => {
  const resolved = parseResolved(text);

  test('the text of a guest is read, and what is not of its form left out', () => {
    expect(resolved.artifacts.get('lib:same:jar::2')).toMatchObject({
      sha256: sum('c'),
      licences: ['MIT', 'BSD'],
    });
    expect([...resolved.artifacts.keys()]).not.toContain('bad name:x:jar::2');
    expect([...resolved.modules.keys()]).toEqual(['g:assembly:1', 'g:core:1']);
    expect(resolved.modules.get('g:assembly:1')?.size).toBe(6);
    const [one, other = ''] = resolved.artifacts.get('lib:licensed:jar::2')?.licences ?? [];
    expect(one).toBe('AB');
    expect(other.length).toBeLessThan(400);
    expect(resolved.modules.get('g:core:1')).toEqual(new Map([['lib:same:jar::2', 'compile']]));
  });

  test('a jar that a module packed names what went into it, and how; what was left out is not named', () => {
    const [origin] = findOrigins([assembly], resolved);
    expect(origin).toMatchObject({by: 'module', artifact: {name: 'assembly'}});
    expect(origin?.packed.map(({artifact, how}) => `${artifact.name} ${how}`)).toEqual([
      'core same',
      'same same',
      'changed changed',
      'moved moved',
    ]);
  });

  test('a jar that was fetched is known by its checksum, whatever its name', () => {
    const [origin] = findOrigins([{path: 'jars/x.jar', sha256: sum('c'), entries: [], poms: []}], resolved);
    expect(origin).toMatchObject({by: 'checksum', artifact: {group: 'lib', name: 'same', version: '2'}});
  });
});

test('without it, pom.properties and the name tell what can be told', () => {
  const jars = [
    {...assembly, poms: [...assembly.poms, coordinates('other')]},
    {path: 'lib/core-1.jar', sha256: sum('1'), entries: [], poms: [coordinates('core')]},
    {path: 'lib/some-thing-2.3.jar', sha256: sum('2'), entries: [], poms: []},
  ];
  const [one, two, three] = findOrigins(jars, nothingResolved);
  expect(one).toMatchObject({by: 'name'});
  expect(one?.packed.map(({artifact}) => artifact.name)).toEqual(['core', 'assembly', 'other']);
  expect(two).toMatchObject({by: 'pom.properties', artifact: {group: 'g', name: 'core'}, packed: []});
  expect(three).toMatchObject({by: 'name', artifact: {group: '', name: 'some-thing', version: '2.3'}});
});
