import {expect, test} from 'vitest';
import {parseClassFile, splitKey, type Reference} from '../../src/linking/class-file.ts';
import {writeClass} from './class-writer.ts';

function parse(content: Buffer): {
  readonly file: ReturnType<typeof parseClassFile>;
  readonly references: Reference[];
} {
  const references: Reference[] = [];
  return {file: parseClassFile(content, (reference) => references.push(reference)), references};
}

test('reads what a class is, has and names', () => {
  const {file, references} = parse(
    writeClass({
      name: 'a/B',
      extends: 'a/C',
      implements: ['a/I'],
      has: ['private x:J', 'static get([I)V'],
      uses: ['d/E.f(I)V', 'd/I#g()V', 'd/E.h:[Ld/E;', '[[Ld/F;', '[I'],
    }),
  );
  expect(file).toMatchObject({name: 'a/B', superName: 'a/C', interfaces: ['a/I'], access: 1});
  expect([...file.members]).toEqual([
    ['x:J', 2],
    ['get([I)V', 8],
  ]);
  expect(references).toEqual([
    {owner: 'd/E'},
    {owner: 'd/E', key: 'f(I)V', isInterface: false},
    {owner: 'd/I'},
    {owner: 'd/I', key: 'g()V', isInterface: true},
    {owner: 'd/E', key: 'h:[Ld/E;'},
    {owner: 'd/F'},
    {owner: 'a/B'},
    {owner: 'a/C'},
    {owner: 'a/I'},
  ]);
});

test('a long constant takes two places; attributes are passed over', () => {
  // class L { static final long x = 1; } as javac writes it, without debugging information.
  const bytes = Buffer.from(
    [
      'cafebabe00000034',
      '000a', // nine constants, one of which counts twice
      '0500000000000000' + '01', // 1, 2: the long 1
      '070004', // 3: class L
      '0100014c', // 4: L
      '070006', // 5: class java/lang/Object
      '010010' + Buffer.from('java/lang/Object').toString('hex'), // 6
      '01000178', // 7: x
      '0100014a', // 8: J
      '01000d' + Buffer.from('ConstantValue').toString('hex'), // 9
      '0020' + '0003' + '0005' + '0000',
      '0001' + '0018' + '0007' + '0008' + '0001' + '0009' + '00000002' + '0001',
      '0000' + '0000',
    ].join(''),
    'hex',
  );
  const {file} = parse(bytes);
  expect([...file.members]).toEqual([['x:J', 0x18]]);
  expect(file.superName).toBe('java/lang/Object');
});

test('what is no class file, or ends too early, or holds nonsense, is refused and nothing hangs', () => {
  const good = writeClass({name: 'a/B', has: ['get()V'], uses: ['d/E.f(I)V']});
  expect(() => parse(Buffer.from('no'))).toThrow('not a class file');
  for (let length = 0; length < good.length - 2; length += 1)
    expect(() => parse(good.subarray(0, length))).toThrow();
  for (let at = 10; at < good.length; at += 1) {
    const bad = Buffer.from(good);
    bad[at] = 0xff;
    try {
      parse(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }
});

test('keys are taken apart', () => {
  expect(splitKey('get(I)V')).toEqual({name: 'get', descriptor: '(I)V'});
  expect(splitKey('size:I')).toEqual({name: 'size', descriptor: 'I'});
});
