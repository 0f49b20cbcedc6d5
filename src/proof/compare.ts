// What one Spark has that another has not: files, classes, libraries. Reads both, changes neither; knows no command line.
import {compareClasses, type ClassComparison} from './compare-classes.ts';
import {compareFiles, type FileComparison} from './compare-files.ts';
import {readSide} from './side.ts';
import {compareVersions, readVersions, type VersionComparison} from './versions-inside.ts';

export interface Comparison {
  /** Absolute paths of what was compared. */
  readonly left: string;
  readonly right: string;
  /** Every file has the same bytes; manifest.json and the like, which tell when and where, do not count. */
  readonly same: boolean;
  readonly files: FileComparison;
  readonly classes: ClassComparison;
  readonly versions: VersionComparison;
  /** What could not be read. */
  readonly broken: readonly string[];
}

/** @param left Folder of a dist, of a parcel's Spark, or a parcel. */
export async function compareSparks(left: string, right: string, signal?: AbortSignal): Promise<Comparison> {
  const [ours, theirs] = [await readSide(left, signal), await readSide(right, signal)];
  const files = compareFiles(ours, theirs);
  const classes = await compareClasses(ours, theirs, signal);
  const versions = compareVersions(await readVersions(ours), await readVersions(theirs));
  return {
    left: ours.folder,
    right: theirs.folder,
    same: files.differences.length === 0,
    files,
    classes,
    versions,
    broken: [
      ...ours.broken.map((each) => `${ours.folder}/${each}`),
      ...theirs.broken.map((each) => `${theirs.folder}/${each}`),
      ...classes.broken,
    ],
  };
}
