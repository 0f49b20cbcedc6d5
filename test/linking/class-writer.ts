// Writes class files and jars for tests, without a JDK: a constant pool and members, no code. JVMS chapter 4.
import {createWriteStream} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {ZipFile} from 'yazl';
import {flags} from '../../src/linking/class-file.ts';

export interface ClassText {
  readonly name: string;
  readonly extends?: string;
  readonly implements?: readonly string[];
  /** Default: public. */
  readonly access?: number;
  /** `public abstract get(I)V`, `size:I`; default access: public. */
  readonly has?: readonly string[];
  /** `a/B` a class, `a/B.get(I)V` a method, `a/B#get(I)V` a method of an interface, `a/B.size:I` a field. */
  readonly uses?: readonly string[];
}

export function writeClass(text: ClassText): Buffer {
  const pool: Buffer[] = [];
  const places = new Map<string, number>();
  const add = (...parts: Buffer[]): number => {
    const constant = Buffer.concat(parts);
    const id = constant.toString('latin1');
    const known = places.get(id);
    if (known !== undefined) return known;
    pool.push(constant);
    places.set(id, pool.length);
    return pool.length;
  };
  const utf8 = (value: string): number =>
    add(byte(1), short(Buffer.byteLength(value)), Buffer.from(value, 'utf8'));
  const classOf = (name: string): number => add(byte(7), short(utf8(name)));
  const nameAndType = (name: string, descriptor: string): number =>
    add(byte(12), short(utf8(name)), short(utf8(descriptor)));
  for (const use of text.uses ?? []) {
    const [, owner = use, mark, name, descriptor = ''] = /^([^.#]+)([.#])([^(:]+):?(.+)$/.exec(use) ?? [];
    if (name === undefined) classOf(owner);
    else {
      const tag = mark === '#' ? 11 : descriptor.startsWith('(') ? 10 : 9;
      add(byte(tag), short(classOf(owner)), short(nameAndType(name, descriptor)));
    }
  }
  const members = (text.has ?? []).map((each) => {
    const [, words = '', name = '', descriptor = ''] = /^((?:[a-z]+ )*)([^(:]+):?(.+)$/.exec(each) ?? [];
    const access = words
      .trim()
      .split(' ')
      .reduce((sum, word) => sum | (word in flags ? flags[word as keyof typeof flags] : 0), 0);
    return {isField: !descriptor.startsWith('('), words, access, name, descriptor};
  });
  const write = (wantsFields: boolean): Buffer[] => {
    const own = members.filter(({isField}) => isField === wantsFields);
    return [
      short(own.length),
      ...own.map(({words, access, name, descriptor}) =>
        Buffer.concat([
          short(words === '' ? flags.public : access),
          short(utf8(name)),
          short(utf8(descriptor)),
          short(0),
        ]),
      ),
    ];
  };
  const body = [
    short(text.access ?? flags.public),
    short(classOf(text.name)),
    short(classOf(text.extends ?? 'java/lang/Object')),
    short(text.implements?.length ?? 0),
    ...(text.implements ?? []).map((name) => short(classOf(name))),
    ...write(true),
    ...write(false),
    short(0),
  ];
  return Buffer.concat([Buffer.from('cafebabe00000034', 'hex'), short(pool.length + 1), ...pool, ...body]);
}

export async function writeClassJar(path: string, classes: readonly ClassText[]): Promise<void> {
  await writeZip(path, new Map(classes.map((each) => [`${each.name}.class`, writeClass(each)])));
}

export async function writeZip(
  path: string,
  entries: ReadonlyMap<string, Buffer>,
  compress = true,
): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const zip = new ZipFile();
  for (const [name, content] of entries) zip.addBuffer(content, name, {compress});
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

const byte = (value: number): Buffer => Buffer.from([value]);

function short(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}
