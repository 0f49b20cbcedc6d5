// Reads a Java class file: what the class is, which members it has, and which members of others it names. Knows no jar.
// Source: The Java Virtual Machine Specification 17, chapter 4. Attributes, and with them all code, are skipped.

/** As in JVMS tables 4.1-B, 4.5-A and 4.6-A. */
export const flags = {
  public: 0x1,
  private: 0x2,
  protected: 0x4,
  static: 0x8,
  final: 0x10,
  interface: 0x200,
  abstract: 0x400,
  synthetic: 0x1000,
} as const;

/** Names as the JVM has them: `java/lang/Object`. */
export interface ClassFile {
  readonly name: string;
  /** Absent of java/lang/Object alone. */
  readonly superName?: string | undefined;
  readonly interfaces: readonly string[];
  readonly access: number;
  /** Access flags of each member, by its key. */
  readonly members: ReadonlyMap<string, number>;
}

/** Something of another class that this one names. */
export interface Reference {
  readonly owner: string;
  /** Of the member: `get(I)V` of a method, `size:I` of a field. Absent when the class alone is named. */
  readonly key?: string | undefined;
  /** Whether a method is called as that of an interface. Undefined of fields and classes. */
  readonly isInterface?: boolean | undefined;
}

const methodKey = (name: string, descriptor: string): string => name + descriptor;
const fieldKey = (name: string, descriptor: string): string => `${name}:${descriptor}`;

/** Pure. */
export function splitKey(key: string): {readonly name: string; readonly descriptor: string} {
  const at = key.search(/[(:]/);
  return {name: key.slice(0, at), descriptor: key.slice(key[at] === ':' ? at + 1 : at)};
}

const tags = {
  utf8: 1,
  integer: 3,
  float: 4,
  long: 5,
  double: 6,
  class: 7,
  string: 8,
  field: 9,
  method: 10,
  interfaceMethod: 11,
  nameAndType: 12,
  methodHandle: 15,
  methodType: 16,
  dynamic: 17,
  invokeDynamic: 18,
  module: 19,
  package: 20,
} as const;

/**
 * Pure.
 * @param onReference Called with each member and class that the constant pool names.
 * @throws Error when it is not a class file, or ends too early.
 */
export function parseClassFile(bytes: Buffer, onReference?: (reference: Reference) => void): ClassFile {
  if (bytes.length < 10 || bytes.readUInt32BE(0) !== 0xcafebabe) throw new Error('it is not a class file');
  const pool = new ConstantPool(bytes);
  let at = pool.end;
  const short = (): number => {
    at += 2;
    return bytes.readUInt16BE(at - 2);
  };
  const access = short();
  const name = pool.className(short());
  const superIndex = short();
  const interfaces = Array.from({length: short()}, () => pool.className(short()));
  const members = new Map<string, number>();
  for (const makeKey of [fieldKey, methodKey]) {
    for (let left = short(); left > 0; left -= 1) {
      const memberAccess = short();
      const memberName = pool.text(short());
      members.set(makeKey(memberName, pool.text(short())), memberAccess);
      for (let attributes = short(); attributes > 0; attributes -= 1) at += 6 + bytes.readUInt32BE(at + 2);
    }
  }
  if (onReference !== undefined) pool.forEachReference(onReference);
  return {
    name,
    superName: superIndex === 0 ? undefined : pool.className(superIndex),
    interfaces,
    access,
    members,
  };
}

/** Texts are made from bytes only when asked for: most are never needed. */
class ConstantPool {
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #offsets: Uint32Array;
  readonly #texts: (string | undefined)[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const count = bytes.readUInt16BE(8);
    this.#offsets = new Uint32Array(count);
    let at = 10;
    for (let index = 1; index < count; index += 1) {
      this.#offsets[index] = at;
      const tag = bytes.readUInt8(at);
      if (tag === tags.utf8) at += 3 + bytes.readUInt16BE(at + 1);
      else at += sizes[tag] ?? fail(`it has a constant of the unknown kind ${tag}`);
      if (tag === tags.long || tag === tags.double) index += 1; // They take two places.
    }
    this.end = at;
  }

  /** Byte by byte, as the JVM compares names. */
  text(index: number): string {
    return (this.#texts[index] ??= this.#decode(index));
  }

  className(index: number): string {
    return this.text(this.#short(index, 1));
  }

  forEachReference(onReference: (reference: Reference) => void): void {
    for (const [index, at] of this.#offsets.entries()) {
      if (at === 0) continue;
      const tag = this.#bytes[at];
      if (tag === tags.class) {
        const owner = findElement(this.className(index));
        if (owner !== undefined) onReference({owner});
      } else if (tag === tags.field || tag === tags.method || tag === tags.interfaceMethod) {
        const owner = this.className(this.#short(index, 1));
        if (owner.startsWith('[')) continue; // clone() and length of an array.
        const nameAndType = this.#short(index, 3);
        const name = this.text(this.#short(nameAndType, 1));
        const descriptor = this.text(this.#short(nameAndType, 3));
        if (tag === tags.field) onReference({owner, key: fieldKey(name, descriptor)});
        else
          onReference({owner, key: methodKey(name, descriptor), isInterface: tag === tags.interfaceMethod});
      }
    }
  }

  #decode(index: number): string {
    const at = this.#offset(index);
    if (this.#bytes[at] !== tags.utf8) fail('a name in it is not a text');
    const start = at + 3;
    return this.#bytes.toString('latin1', start, start + this.#bytes.readUInt16BE(at + 1));
  }

  #short(index: number, distance: number): number {
    return this.#bytes.readUInt16BE(this.#offset(index) + distance);
  }

  #offset(index: number): number {
    const at = this.#offsets[index];
    return at === undefined || at === 0 ? fail('it names a constant that it lacks') : at;
  }
}

/** Bytes of a constant with its tag, by its tag; a text says its own. */
const sizes: Readonly<Record<number, number>> = {
  [tags.integer]: 5,
  [tags.float]: 5,
  [tags.long]: 9,
  [tags.double]: 9,
  [tags.class]: 3,
  [tags.string]: 3,
  [tags.field]: 5,
  [tags.method]: 5,
  [tags.interfaceMethod]: 5,
  [tags.nameAndType]: 5,
  [tags.methodHandle]: 4,
  [tags.methodType]: 3,
  [tags.dynamic]: 5,
  [tags.invokeDynamic]: 5,
  [tags.module]: 3,
  [tags.package]: 3,
};

/** The class of an array's elements; undefined of `[I`. */
function findElement(name: string): string | undefined {
  if (!name.startsWith('[')) return name;
  return /^\[+L(.+);$/.exec(name)?.[1];
}

function fail(reason: string): never {
  throw new Error(reason);
}
