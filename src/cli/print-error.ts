// Prints what a command threw, and says which exit code it means. Loaded only when something was thrown.
import {writeCrash} from '../core/crash-file.ts';
import {exitCodes, ExpectedError, type ExitCode} from '../core/errors.ts';
import {planPaths} from '../core/paths.ts';
import {createRedactor} from '../core/redact.ts';
import {renderCrash, renderError} from '../report/error.ts';
import {createStyle, hasColor} from '../report/style.ts';
import {explainFileError} from '../core/file-errors.ts';
import {findTypedSecrets} from '../core/typed-secrets.ts';
import type {Terminal} from '../core/terminal.ts';

export function printError(thrown: unknown, terminal: Terminal): ExitCode {
  const {argv, env, home, stderr} = terminal;
  const paths = planPaths(env, home);
  const error =
    thrown instanceof ExpectedError ? thrown : (explainFileError(thrown, paths, env.TMPDIR) ?? thrown);
  const redact = createRedactor([...terminal.secrets, ...findTypedSecrets(argv, env)]);
  const isExpected = error instanceof ExpectedError;
  const verbose = argv.includes('--verbose');
  const crashFile =
    isExpected || verbose ? undefined : writeCrash(redact(renderCrash(error)), paths, new Date());
  const style = createStyle(hasColor(env, {isTTY: stderr.isTTY, noColor: argv.includes('--no-color')}));
  stderr.write(redact(renderError(error, {verbose, style, crashFile})));
  return isExpected ? error.exitCode : exitCodes.failed;
}
