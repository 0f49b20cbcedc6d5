// The manual pages of both tools: what stands in them besides the commands and options. docs/write-reference.mjs writes
// them to man/.
import type {Terminal} from '../core/terminal.ts';
import {exitCodes} from '../core/errors.ts';
import {defineHaProgram} from '../impala-ha/program.ts';
import {examples} from '../cli/examples.ts';
import {renderManPage, type ManSection} from './man-page.ts';
import {defineProgram} from '../cli/program.ts';

/** Nothing is run and nothing printed; the width is that of --help, which a page does not have. */
const nowhere = {argv: [], env: {}, stdout: {columns: 0}, stderr: {}} as unknown as Terminal;
const ignore = (): void => undefined;

/** As in docs/exit-codes.md. */
const exitStatus: ManSection = {
  title: 'EXIT STATUS',
  items: [
    [String(exitCodes.done), 'Done, or up to date.'],
    [String(exitCodes.failed), 'A build or a check failed.'],
    [String(exitCodes.usage), 'Wrong on any host: arguments, files, versions, refs, a conflict of names.'],
    [String(exitCodes.leaked), 'A machine may still be there; type: build-spark reap'],
    [
      String(exitCodes.host),
      'This host or its network is not ready: tools, memory, disk, a source or repository out of reach.',
    ],
    [String(exitCodes.interrupted), 'Interrupted, and clean.'],
  ],
};

const files: ManSection = {
  title: 'FILES',
  items: [
    [
      '~/.config/build-spark/config.yaml',
      'Defaults of your own, one "option: value" a line, named as the options without the dashes. A variable of the environment wins over it, and what is typed over both.',
    ],
    ['~/.local/state/build-spark', 'The journal of the machines, logs, what was run.'],
    ['~/.cache/build-spark', 'Mirrors of sources, artifacts of Maven, boxes.'],
  ],
};

const environment: ManSection = {
  title: 'ENVIRONMENT',
  items: [
    [
      'BUILD_SPARK_<OPTION>',
      'The default of an option of a build, such as BUILD_SPARK_MEMORY=8GiB; the options name theirs.',
    ],
    ['XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME', 'Other folders in place of those below FILES.'],
    ['NO_COLOR', 'No colours.'],
  ],
};

/** By the file's name in man/. */
export function renderManPages(): Readonly<Record<string, string>> {
  return {
    'build-spark.1': renderManPage({
      program: defineProgram(nowhere, ignore),
      examples,
      sections: [exitStatus, environment, files],
      seeAlso: ['impala-ha(1)', 'docs/ in the folder of the package, and its README.md'],
    }),
    'impala-ha.1': renderManPage({
      program: defineHaProgram(nowhere, ignore),
      examples: {},
      sections: [exitStatus],
      seeAlso: ['build-spark(1), haproxy(1)', 'docs/ha.md in the folder of the package'],
    }),
  };
}
