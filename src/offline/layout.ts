// Where everything lies in a bundle: one tar, whose every byte is decided by its manifest. So its size is known before
// it is written, and a bundle that was cut off is resumed. Pure.
import {hashText, manifestName, renderSeal, sealName, type BundleManifest} from './manifest.ts';

const block = 512;
/** A tar ends with two empty blocks. */
export const endBytes = 2 * block;
/** What fits the size of a header; anything more has another form. */
const largest = 8 * 1024 ** 3 - 1;

export interface LaidEntry {
  readonly name: string;
  readonly bytes: number;
  /** Of its header. */
  readonly offset: number;
  /** Absent for the seal, which names the manifest's checksum, and with it all others. */
  readonly sha256?: string;
  /** Where it is here and now, and in no file. */
  readonly text?: string;
}

export interface Layout {
  readonly entries: readonly LaidEntry[];
  readonly bytes: number;
  readonly manifestSha256: string;
}

export function renderFileName({sha256, name}: BundleManifest['files'][number]): string {
  return name ?? `files/${sha256}`;
}

export function planLayout(manifest: BundleManifest): Layout {
  const text = `${JSON.stringify(manifest)}\n`;
  const manifestSha256 = hashText(text);
  const draft = renderSeal({manifestSha256, bytes: 0});
  const sizes = [
    {name: sealName, bytes: draft.length},
    {name: manifestName, bytes: Buffer.byteLength(text), sha256: manifestSha256, text},
    ...manifest.files.map((file) => ({name: renderFileName(file), bytes: file.bytes, sha256: file.sha256})),
  ];
  const entries: LaidEntry[] = [];
  let offset = 0;
  for (const entry of sizes) {
    if (entry.bytes > largest) throw new Error(`${entry.name} is too large for a bundle`);
    entries.push({...entry, offset});
    offset += block + Math.ceil(entry.bytes / block) * block;
  }
  const bytes = offset + endBytes;
  const [seal, ...rest] = entries;
  if (seal === undefined) throw new Error('A bundle has a seal.');
  return {entries: [{...seal, text: renderSeal({manifestSha256, bytes})}, ...rest], bytes, manifestSha256};
}
