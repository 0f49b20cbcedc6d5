// The entries of a parcel's archive, in its order: the dist's files and ours, each with all that the archive says of it. Pure.
import type {Listing} from '../distribution/folder-listing.ts';
import type {ParcelFile} from './parcel-files.ts';
import type {ParcelPlan} from './parcel-plan.ts';

/** At its path in the archive; `from`: below the dist. */
export type TarEntry =
  | {readonly type: 'directory'; readonly path: string}
  | {readonly type: 'symlink'; readonly path: string; readonly target: string}
  | {readonly type: 'file'; readonly path: string; readonly mode: number; readonly text: string}
  | {
      readonly type: 'file';
      readonly path: string;
      readonly mode: number;
      readonly from: string;
      readonly bytes: number;
    };

export function planEntries(
  {name, version, folder}: ParcelPlan,
  {files, links}: Pick<Listing, 'files' | 'links'>,
  own: readonly ParcelFile[],
): readonly TarEntry[] {
  const top = `${name}-${version}`;
  const dist = `${top}/lib/${folder}`;
  const entries: TarEntry[] = [
    ...files.map(({path, mode, bytes}) => ({
      type: 'file' as const,
      path: `${dist}/${path}`,
      mode: Number.parseInt(mode, 8),
      from: path,
      bytes,
    })),
    ...links.map(({path, target}) => ({type: 'symlink' as const, path: `${dist}/${path}`, target})),
    ...own.map((file) =>
      'target' in file
        ? {type: 'symlink' as const, path: `${top}/${file.path}`, target: file.target}
        : {type: 'file' as const, path: `${top}/${file.path}`, mode: file.mode, text: file.text},
    ),
  ];
  const folders = new Set(entries.flatMap(({path}) => listFolders(path)));
  return [...[...folders].map((path) => ({type: 'directory' as const, path})), ...entries].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : 0,
  );
}

/** Every folder above a path. */
function listFolders(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
