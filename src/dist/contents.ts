// What a dist holds, in brief, for the summary at the end of a build. Opens no file.
import {findMainJars} from './jars.ts';
import {listFolder} from './listing.ts';
import {featureScripts} from './scripts.ts';

export interface DistContents {
  readonly bytes: number;
  readonly fileCount: number;
  /** Those that Spark runs with: one assembly, or all of jars/. */
  readonly jarCount: number;
  readonly jarBytes: number;
  /** The largest five jars of the whole dist, the largest first. */
  readonly largestJars: readonly {readonly path: string; readonly bytes: number}[];
  /** Of the scripts that the rebuild is about: which are there. */
  readonly scripts: readonly {readonly path: string; readonly isThere: boolean}[];
}

/** @throws What the file system throws, when the folder cannot be read. */
export async function readContents(dir: string): Promise<DistContents> {
  const {files} = await listFolder(dir);
  const {mainJars} = findMainJars(files.map(({path}) => path));
  const sum = (list: readonly {readonly bytes: number}[]): number =>
    list.reduce((total, {bytes}) => total + bytes, 0);
  const jars = files.filter(({path}) => path.endsWith('.jar')).sort((a, b) => b.bytes - a.bytes);
  return {
    bytes: sum(files),
    fileCount: files.length,
    jarCount: mainJars.length,
    jarBytes: sum(files.filter(({path}) => mainJars.includes(path))),
    largestJars: jars.slice(0, 5).map(({path, bytes}) => ({path, bytes})),
    scripts: featureScripts.map(({path}) => ({path, isThere: files.some((file) => file.path === path)})),
  };
}
