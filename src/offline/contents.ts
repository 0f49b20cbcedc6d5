// What builds need, as files of this host by checksum: the one list that a bundle is written from. Knows no tar.
import {createHash} from 'node:crypto';
import {stat} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {openRegular} from '../core/regular-file.ts';
import type {BundleContent, BundleFile, BundleManifest} from './manifest.ts';

/** Grows as things are found; what several builds need is in it once. */
export class BundleContents {
  private readonly contents = new Map<string, BundleContent>();
  private readonly files = new Map<string, BundleFile & {readonly path: string}>();

  has(key: string): boolean {
    return this.contents.has(key);
  }

  add(key: string, content: BundleContent): void {
    this.contents.set(key, content);
  }

  /** @param sha256 Where it is known already: what the caches hold by content is read again only while it is written. */
  async addFile(path: string, known?: string, name?: string): Promise<string> {
    const sha256 = known ?? (await hashFile(path));
    if (!this.files.has(sha256)) {
      const {size} = await stat(path);
      this.files.set(sha256, {sha256, bytes: size, path, ...(name === undefined ? {} : {name})});
    }
    return sha256;
  }

  find(sha256: string): string {
    const file = this.files.get(sha256);
    if (file === undefined) throw new Error(`No file of the bundle has the checksum ${sha256}.`);
    return file.path;
  }

  /** Files in the order in which they lie in the tar: what has a name first, then by checksum. */
  render(of: Pick<BundleManifest, 'toolVersion' | 'architecture' | 'builds'>): BundleManifest {
    const files = [...this.files.values()]
      .map(({sha256, bytes, name}) => ({sha256, bytes, ...(name === undefined ? {} : {name})}))
      .sort((a, b) => rank(a) - rank(b) || (a.sha256 < b.sha256 ? -1 : 1));
    const contents = [...this.contents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, content]) => content);
    return {formatVersion: 1, ...of, files, contents};
  }
}

const rank = ({name}: BundleFile): number => (name === undefined ? 1 : 0);

async function hashFile(path: string): Promise<string> {
  const handle = await openRegular(path);
  const hash = createHash('sha256');
  await pipeline(handle.createReadStream({highWaterMark: 1 << 20}), hash); // Closes it.
  return hash.digest('hex');
}
