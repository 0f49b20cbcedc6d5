// The file with which rsyslog takes HAProxy's log and puts it into a file of its own, where the spec sends it to the syslog of
// the proxy's host. Pure; what it needs of the host is told.
import type {Change} from './change.ts';
import type {HaSpec} from './spec-schema.ts';

export interface RsyslogFacts {
  readonly isRunning: boolean;
  /** Of our file there. */
  readonly text?: string | undefined;
  /** Another file of its already listens on UDP. */
  readonly hasUdp: boolean;
}

export const rsyslogFile = '/etc/rsyslog.d/49-impala-ha.conf';
const logFile = '/var/log/haproxy.log';

/** @returns undefined where the log goes elsewhere: to the journal, or to another host. */
function renderRsyslog({proxy}: HaSpec, log: string, hasUdp: boolean): string | undefined {
  const [, six = '', four = '', port = ''] = /^(?:\[(::1)\]|(127\.[\d.]+)):(\d+)$/.exec(log) ?? [];
  const address = six === '' ? four : six;
  if (address === '' && log !== '/dev/log') return undefined;
  return [
    '# Made by impala-ha from its spec; it is taken away again when the spec sends the log elsewhere.',
    ...(address === '' || hasUdp
      ? []
      : ['module(load="imudp")', `input(type="imudp" address="${address}" port="${port}")`]),
    // The package's logrotate knows this file.
    `${proxy.logFacility}.* -${logFile}`,
    '& stop',
    '',
  ].join('\n');
}

/** Refused by rsyslog, or without it: as before. */
const write = `file=$1 text=$2 PATH=$PATH:/usr/sbin:/sbin
printf '%s' "$text" >"$file.new" && mv -f "$file.new" "$file"
if rsyslogd -N1 >/dev/null && { systemctl restart rsyslog 2>/dev/null || service rsyslog restart; }; then exit; fi
rm -f "$file"
systemctl restart rsyslog 2>/dev/null || service rsyslog restart
exit 1`;

const remove =
  'PATH=$PATH:/usr/sbin:/sbin; rm -f "$1"; systemctl restart rsyslog 2>/dev/null || service rsyslog restart';

/** @param log Where the rendered configuration sends its log. */
export function planRsyslog(
  spec: HaSpec,
  log: string,
  {isRunning, text, hasUdp}: RsyslogFacts,
): readonly Change[] {
  const wanted = isRunning ? renderRsyslog(spec, log, hasUdp) : undefined;
  if (wanted === text) return [];
  if (wanted === undefined)
    return [{what: "take rsyslog's file away", argv: ['sh', '-c', remove, 'sh', rsyslogFile]}];
  return [
    {
      what: `let rsyslog write ${logFile}`,
      argv: ['sh', '-c', write, 'sh', rsyslogFile, wanted],
      undo: ['sh', '-c', remove, 'sh', rsyslogFile],
    },
  ];
}
