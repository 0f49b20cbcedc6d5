// `doctor`: is this host ready; one line a check, each failure with the command that mends it.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {projectRoot} from '../../core/paths.ts';
import {createAsk} from '../../dependencies/ask.ts';
import {findClouderaUrl} from '../../dependencies/network.ts';
import {probeRepository} from '../../dependencies/probe.ts';
import {readStandIn} from '../../dependencies/stand-in.ts';
import {diagnose} from '../../host/doctor.ts';
import {createHost} from '../../host/host.ts';
import {createStyle, hasColor} from '../../report/style.ts';
import {findProxy, type OutputOptions} from '../options.ts';
import {openSession} from '../session.ts';
import type {Terminal} from '../terminal.ts';

export async function run(terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const {exec, paths, clock} = await openSession(terminal);
  const {env, stdout} = terminal;
  const host = createHost(exec, env, paths, process.version);
  const url = findClouderaUrl(await readStandIn(projectRoot), []);
  const ask = createAsk(({protocol}) => findProxy(env, protocol === 'http:' ? 'http' : 'https'));
  const {ok, checks} = await diagnose(host, {
    output: terminal.cwd,
    memoryMib: 6144,
    probe: () => probeRepository(url, paths.probes, ask, clock.now().getTime()),
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
