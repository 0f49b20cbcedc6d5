// `doctor`: is this host ready; one line a check, each failure with the command that fixes it.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {readProxies} from '../../core/proxies.ts';
import {projectRoot} from '../../core/paths.ts';
import {planQuestion} from '../../maven/dependency-choice.ts';
import {readStandIn} from '../../maven/stand-in.ts';
import {diagnose} from '../../host/diagnosis.ts';
import {createHost} from '../../host/host.ts';
import {createStyle, hasColor} from '../../report/style.ts';
import type {OutputOptions} from '../../batch/build-options.ts';
import {askForPom} from '../../batch/ask-for-pom.ts';
import {openSession} from '../../batch/session.ts';
import type {Terminal} from '../../core/terminal.ts';

/** Any release will do: this one is the README's. */
const parent = {groupId: 'com.cloudera.cdh', artifactId: 'cdh-root', version: '5.7.0'};

export async function run(terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const {exec, paths, clock} = await openSession(terminal);
  const {env, stdout} = terminal;
  const host = createHost(exec, env, paths, process.version);
  const question = planQuestion(parent, await readStandIn(projectRoot), []);
  const {ok, checks} = await diagnose(host, {
    output: terminal.cwd,
    memoryMib: 6144,
    probe: async () =>
      askForPom({paths, clock, env}, question, {proxies: readProxies(env), caCertificates: []}),
  });
  if (options.json === true) {
    stdout.write(`${JSON.stringify({ok, checks})}\n`);
    return ok ? exitCodes.done : exitCodes.host;
  }
  const style = createStyle(hasColor(env, {isTTY: stdout.isTTY, noColor: options.color === false}));
  const marks = {
    ok: style('good', 'ok     '),
    warning: style('warn', 'warning'),
    failed: style('bad', 'FAILED '),
  };
  for (const {name, level, message, remedy} of checks) {
    if (level === 'ok' && options.quiet === true) continue;
    stdout.write(`${marks[level]}  ${name}: ${message}\n`);
    if (remedy !== null) stdout.write(`         ${style('hint', `→ ${remedy}`)}\n`);
  }
  stdout.write(
    ok ? 'This host is ready.\n' : 'This host is not ready: type the commands above, or build-spark setup.\n',
  );
  return ok ? exitCodes.done : exitCodes.host;
}
