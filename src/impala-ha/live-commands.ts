// The commands of impala-ha that talk to a running proxy, and their options. Knows how a value is written, no more.
import type {Command} from 'commander';
import type {ExitCode} from '../core/errors.ts';
import {parseCount, parseDuration} from '../core/values.ts';
import type {Terminal} from '../core/terminal.ts';

type Load = () => Promise<{
  readonly run: (terminal: Terminal, options: never, argument: never) => Promise<ExitCode>;
}>;

/** @param command Makes a command which loads its module when it is the one that was typed. */
export function addLiveCommands(
  command: (signature: string, description: string, load: Load) => Command,
  specOption: readonly [string, string],
  articleOption: readonly [string, string],
): void {
  const live = (signature: string, description: string, load: Load): Command =>
    command(signature, description, load)
      .requiredOption(...specOption)
      .option(
        '--host <host>',
        "user@host, or an alias of ~/.ssh/config, or localhost; in place of the spec's",
      )
      .option('--ask-password', 'ask for passwords, of the login and of sudo, on the terminal')
      .option(...articleOption);
  const querying = (made: Command): Command =>
    made
      .option('--query <sql>', 'what is asked; its first value is shown', 'select 1')
      .option('--user <name>', 'for logins with a name; default: the user here')
      .option('--password-file <file>', 'for LDAP; its first line')
      .option('--ca <file>', 'PEM of the CA of the certificate that clients see')
      .option('--query-timeout <duration>', 'for one query', parseDuration, 60_000);

  live(
    'apply',
    'install HAProxy, validate, swap, reload, confirm; take all back when it does not work',
    () => import('./commands/apply.ts'),
  )
    .option('--config <file>', "HAProxy's configuration there", '/etc/haproxy/haproxy.cfg')
    .option('--pid-file <file>', 'where systemd does not run', '/run/haproxy.pid')
    .option('--service <kind>', 'systemd or process; default: what runs there')
    .option('--dry-run', 'print what would be done, and change nothing')
    .option('--force', 'also when no daemon behind a port is up yet')
    .option('--replace', 'give up what the present configuration serves and the new one does not')
    .option('--json', 'for scripts, on stdout');
  querying(
    live(
      'check',
      'queries through the proxy: who answered each, evenly or not',
      () => import('./commands/check.ts'),
    ),
  )
    .option('--queries <n>', 'through each port', parseCount, 12)
    .option('--json', 'for scripts, on stdout');
  querying(
    live(
      'drill',
      'stop each daemon in turn, query all the while, start it again',
      () => import('./commands/drill.ts'),
    ),
  )
    .option('--only <name>', 'only this daemon')
    .option('--drain', 'drain each before it is stopped: then no query may be lost')
    .option('--wait <duration>', 'for connections to end, with --drain', parseDuration, 600_000)
    .option('--up <duration>', 'until a daemon must be back', parseDuration, 300_000)
    .option('--hold <duration>', 'how long each stays down', parseDuration, 3_000)
    .option('--clients <n>', 'for each port', parseCount, 2)
    .option('--balancer', 'stop the balancer that has the shared address (proxy.vip) and not a daemon')
    .option('--recover', 'only start again what an earlier drill, which was killed, left stopped')
    .option('--json', 'for scripts, on stdout');
  live(
    'drain <server>',
    'no new clients for a daemon, and wait for those it has',
    () => import('./commands/drain.ts'),
  )
    .option('--wait <duration>', 'for connections to end', parseDuration, 600_000)
    .option('--no-wait', 'do not wait')
    .option('--force', 'even if no daemon is left');
  live('undrain <server>', 'give a daemon clients again', () => import('./commands/undrain.ts'));
  live('status', 'every daemon as HAProxy sees it', () => import('./commands/status.ts'))
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .option('--json', 'for scripts, on stdout');
}
