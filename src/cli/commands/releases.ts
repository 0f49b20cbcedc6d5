// `releases`: the catalogue as a table, with the reason for every no, for every patch and for every number that is left out.
import {renderJson} from '../../core/printable.ts';
import {listReleases, type AskedReleases} from '../../batch/list-releases.ts';
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {describeRelease, renderReleases} from '../../report/release-table.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import type {Terminal} from '../../core/terminal.ts';

export async function run({stdout}: Terminal, options: OutputOptions & AskedReleases): Promise<ExitCode> {
  const {rows, gaps} = await listReleases(options);
  stdout.write(
    options.json === true ? `${renderJson(rows.map(describeRelease))}\n` : renderReleases(rows, gaps),
  );
  return exitCodes.done;
}
