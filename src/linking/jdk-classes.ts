// What JDK 8's classes have that others inherit from, read from a list that ships with the tool: no JDK is needed here.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import type {ClassFile} from './class-file.ts';

const listPath = join(projectRoot, 'data/jdk8-members.txt');

/** Made by test/real/write-jdk-members.mjs. */
export async function readJdkClasses(path = listPath): Promise<ReadonlyMap<string, ClassFile>> {
  return parseJdkClasses(await readFile(path, 'utf8'));
}

/** A class a line: name, access, what it extends (or -), interfaces; then its members, each begun by a blank and its access. */
function parseJdkClasses(text: string): ReadonlyMap<string, ClassFile> {
  const found = new Map<string, ClassFile>();
  let members = new Map<string, number>();
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    if (line.startsWith(' ')) members.set(fields[2] ?? '', Number.parseInt(fields[1] ?? '0', 16));
    else if (line !== '' && !line.startsWith('#')) {
      const [name = '', access = '0', superName = '-', ...interfaces] = fields;
      members = new Map();
      found.set(name, {
        name,
        access: Number.parseInt(access, 16),
        superName: superName === '-' ? undefined : superName,
        interfaces,
        members,
      });
    }
  }
  return found;
}

/** The text that `parseJdkClasses` reads. */
export function renderJdkClasses(classes: Iterable<ClassFile>): string {
  return [...classes]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({name, access, superName, interfaces, members}) => [
      [name, access.toString(16), superName ?? '-', ...interfaces].join(' '),
      ...[...members].map(([key, flagBits]) => ` ${flagBits.toString(16)} ${key}`).sort(),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
