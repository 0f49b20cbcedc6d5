// Whether two jobs for the same place are the same, and in what they differ. Pure.
import {isDeepStrictEqual} from 'node:util';
import {fieldOf, flagOf} from '../recipe/option-fields.ts';
import {buildRows, type OptionRow} from '../recipe/option-table.ts';
import type {JobBuild, JobData} from './job.ts';

/** @returns What is asked for differently, in words of the command line where there are any; undefined: they are the same. */
export function findJobDifference(there: JobData, asked: JobData): string | undefined {
  if (!isDeepStrictEqual(there.tool, asked.tool)) return 'by another version of build-spark';
  if (there.publish !== asked.publish) return '--publish';
  if (there.builds.length !== asked.builds.length) return 'other builds';
  for (const [index, build] of asked.builds.entries()) {
    const was = there.builds[index];
    const difference = was === undefined ? 'other builds' : findBuildDifference(was, build);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Not why its dependencies were chosen, nor whether an older dist may go, which the place of the dist tells each coordinator. */
function findBuildDifference(there: JobBuild, asked: JobBuild): string | undefined {
  if (there.buildId !== asked.buildId || there.dist !== asked.dist) return 'other builds';
  if (there.pinned.commit !== asked.pinned.commit || there.pinned.tag !== asked.pinned.tag)
    return 'another commit';
  if (!isDeepStrictEqual(there.patches, asked.patches)) return '--patch';
  const field = findField(there.request, asked.request);
  if (field !== undefined) {
    const row = buildRows.find((one: OptionRow) => fieldOf(one) === field);
    return row === undefined ? field : flagOf(row);
  }
  if (there.pinned.choice.mode !== asked.pinned.choice.mode)
    return 'whose dependencies it is compiled against';
  const planned = findField(there.plan, asked.plan);
  if (planned !== undefined) return `${planned} of its plan`;
  return there.dependencies === asked.dependencies ? undefined : 'the stand-in for its dependencies';
}

/** The first field that differs. */
export function findField(
  there: Readonly<Record<string, unknown>>,
  asked: Readonly<Record<string, unknown>>,
): string | undefined {
  const fields = [...new Set([...Object.keys(there), ...Object.keys(asked)])];
  return fields.find((field) => !isDeepStrictEqual(there[field], asked[field]));
}
