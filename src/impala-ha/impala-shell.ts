// impala-shell where hive-driver cannot ask: its options, whatever its version, and why it failed. Knows nothing of HAProxy.
import {CommandError, type Exec} from '../core/exec.ts';
import {quoteCommand} from '../core/quote.ts';

/** What the impala-shell of this host can be told. */
export interface ImpalaShell {
  /** Older ones speak Beeswax only, and refuse the option. */
  readonly hasProtocol: boolean;
}

export interface ImpalaShellTarget {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'beeswax' | 'hs2' | 'hs2-http';
  /** Verified only with the file of a CA: without it impala-shell takes any certificate. */
  readonly tls?: {readonly caFile?: string};
  readonly login?:
    /** With a ticket of the user's; `service` is the first part of Impala's principal. */
    | {readonly type: 'kerberos'; readonly service: string}
    /** Impala's LDAP. The first line of the file; a password has no business in argv. */
    | {readonly type: 'plain'; readonly user: string; readonly passwordFile: string}
    | undefined;
}

/** Python that starts on a busy host takes seconds. */
const lookTimeoutMs = 60_000;

/** @returns undefined where there is none. */
export async function findImpalaShell(exec: Exec): Promise<ImpalaShell | undefined> {
  // Its help, not its version: vendors number it in their own ways.
  const found = await exec(['impala-shell', '--help'], {allow: 'any', timeoutMs: lookTimeoutMs}).catch(
    () => undefined,
  );
  return found?.exitCode === 0 ? {hasProtocol: found.stdout.includes('--protocol')} : undefined;
}

/** @returns The command without its `-q`; or why this impala-shell cannot ask. Pure. */
export function planShellCommand(
  {host, port, protocol, tls, login}: ImpalaShellTarget,
  {hasProtocol}: ImpalaShell,
): readonly [string, ...string[]] | {readonly reason: string} {
  if (!hasProtocol && protocol !== 'beeswax')
    return {reason: 'this impala-shell speaks Beeswax only; it takes a newer one, with --protocol'};
  return [
    'impala-shell',
    '-i',
    host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    '-B',
    ...(hasProtocol ? [`--protocol=${protocol}`] : []),
    ...(tls === undefined ? [] : ['--ssl']),
    ...(tls?.caFile === undefined ? [] : [`--ca_cert=${tls.caFile}`]),
    ...planLogin(login, tls !== undefined),
  ];
}

/** @param service First part of Impala's principal. */
export function planKerberosWords(service: string): readonly string[] {
  return ['-k', ...(service === 'impala' ? [] : ['-s', service])];
}

function planLogin(login: ImpalaShellTarget['login'], hasTls: boolean): readonly string[] {
  if (login === undefined) return [];
  if (login.type === 'kerberos') return planKerberosWords(login.service);
  // It takes what the command prints with every newline, and splits its words as a shell does, but runs none.
  const firstLine = ['awk', 'NR==1 {sub(/\\r$/, ""); printf "%s", $0}', login.passwordFile];
  return [
    '-l',
    '-u',
    login.user,
    `--ldap_password_cmd=${quoteCommand(firstLine)}`,
    ...(hasTls ? [] : ['--auth_creds_ok_in_clear']),
  ];
}

/** What was answered, and by whom, as newer ones print it: the host of the coordinator's web UI. */
export interface ShellAnswer {
  readonly value: string;
  readonly coordinator?: string | undefined;
}

/** @param argv As `planShellCommand` gave it. @returns The first line of its answer. @throws Error with the reason. */
export async function askImpalaShell(
  exec: Exec,
  argv: readonly [string, ...string[]],
  sql: string,
  limits: {readonly timeoutMs: number; readonly signal?: AbortSignal | undefined},
): Promise<ShellAnswer> {
  try {
    const {stdout, stderr} = await exec([...argv, '-q', sql], limits);
    return {value: stdout.trim().split('\n', 1)[0] ?? '', coordinator: findCoordinator(stderr)};
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const {timedOut, stderr, exitCode} = error.result;
    const reason = timedOut
      ? `No answer within ${limits.timeoutMs / 1_000} s.`
      : (findReason(stderr) ?? `exit code ${exitCode}`);
    throw new Error(`impala-shell: ${reason}`, {cause: error});
  }
}

/** @param stderr Of a shell that was not told to be quiet. @returns The host that it names. Pure. */
export function findCoordinator(stderr: string): string | undefined {
  return /\(Coordinator: (?:https?:\/\/)?(\[[^\]]+\]|[^\s:/)]+)/.exec(stderr)?.[1]?.replace(/^\[|\]$/g, '');
}

/** Said beside the reason, before it or after. */
const asides =
  /^(Starting Impala Shell|Connected to |Server version: |Query: |Query submitted at: |Query progress can be monitored at: |Fetched \d|Opened TCP connection|Warning: |WARNINGS?:|Not connected to Impala|Could not execute command|Using service name|SSL is enabled|LDAP authentication is enabled)/;

/** @returns The line of its stderr that says why; a stack trace, which the one of PyPI ends with, says nothing. Pure. */
export function findReason(stderr: string): string | undefined {
  const all = stderr.split('\n').map((line) => line.replace(/^[\d-]+ [\d:]+ \[Exception\]/, '').trim());
  const trace = all.findIndex((line) => line.startsWith('Traceback '));
  const lines = (trace === -1 ? all : all.slice(0, trace)).filter(
    (line) => line !== '' && !asides.test(line),
  );
  // A query's error goes on for lines after its first; others say in their last what it was.
  return lines.find((line) => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? all.findLast(Boolean);
}
