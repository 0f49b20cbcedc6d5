// What Vagrant uploads to a machine, in one file: file by file it takes a second each where the guest is emulated.
import {createWriteStream} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join, relative, sep} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {pack} from 'tar-stream';

export interface ProvisionFiles {
  /** Puppet's code and data of this tool. */
  readonly puppet: string;
  /** Further files, by name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Files alone, with slashes whatever this host has; tar makes their folders. Readable by root of the guest alone. */
export async function writeProvisionTar(file: string, {puppet, texts}: ProvisionFiles): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createWriteStream(file, {mode: 0o600}));
  const add = (name: string, content: string | Buffer): void => {
    tar.entry({name, mode: 0o600}, content);
  };
  const found = await readdir(puppet, {recursive: true, withFileTypes: true});
  const paths = found.filter((entry) => entry.isFile()).map(({parentPath, name}) => join(parentPath, name));
  for (const path of paths.toSorted())
    add(`puppet/${relative(puppet, path).split(sep).join('/')}`, await readFile(path));
  for (const [name, text] of Object.entries(texts)) add(name, text);
  tar.finalize();
  await written;
}
