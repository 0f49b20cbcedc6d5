// What the proxy's host is and has, before anything is changed there. Reads only.
import type {RemoteHost} from '../remote/remote-host.ts';
import {isAddress} from './spec-values.ts';
import {rsyslogFile, type RsyslogFacts} from './syslog.ts';

type PackageManager = 'apt-get' | 'dnf' | 'yum';

/** `process`: a master of our own, where systemd does not run. */
export type ServiceKind = 'systemd' | 'process';

export interface Installation {
  readonly config: string;
  readonly pidFile: string;
  /** Default: what is found. */
  readonly service?: ServiceKind | undefined;
}

type Firewall =
  /** What firewalld opens, in force and after its restart: ports as `21050/tcp`, and rich rules. */
  {readonly type: 'firewalld' | 'ufw'; readonly open: ReadonlySet<string>} | {readonly type: 'none'};

export interface ProxyFacts {
  /** As in os-release, such as `Debian GNU/Linux 12`. */
  readonly system: string;
  readonly packages?: PackageManager | undefined;
  /** Of HAProxy; undefined when it is not installed. */
  readonly version?: string | undefined;
  readonly service: ServiceKind;
  readonly isRunning: boolean;
  /** undefined: nothing there starts services at boot. */
  readonly isEnabled?: boolean | undefined;
  /** undefined: there is no file. */
  readonly config?: {
    readonly text: string;
    readonly mode: string;
    readonly changedAtS: number;
    /** As the package of HAProxy brought it: an example, which serves nobody. */
    readonly isPackaged: boolean;
  };
  /** TCP ports on which anything listens there. */
  readonly listening: ReadonlySet<number>;
  /** Clock of that host. */
  readonly nowS: number;
  /** undefined: SELinux is off or not there. */
  readonly mayConnectAnywhere?: boolean | undefined;
  readonly firewall: Firewall;
  readonly rsyslog: RsyslogFacts;
  /** Of the names that were asked for: HAProxy leaves out, or refuses its whole file for, what it cannot resolve. */
  readonly unknownNames: readonly string[];
  /** What each name means there. */
  readonly addressesOf: ReadonlyMap<string, readonly string[]>;
  /** Without those of loopback. */
  readonly ownAddresses: ReadonlySet<string>;
}

/**
 * One command for all, since each costs a round trip, and sudo a line in the log. `@name` begins a section, and the exit
 * code of what it shows is its last line. Words: configuration, file of the process id, service, names of hosts.
 */
const script = `config=$1 pidfile=$2 service=$3
shift 3
PATH=$PATH:/usr/sbin:/sbin
if [ "$service" = find ]; then
  if [ -d /run/systemd/system ]; then service=systemd; else service=process; fi
fi
show() { printf '@%s\\n' "$1"; shift; "$@" 2>/dev/null; printf '\\n%s\\n' "$?"; }
is_packaged() {
  if command -v dpkg-query >/dev/null; then
    was=$(dpkg-query -W -f '\${Conffiles}\\n' haproxy | awk -v file="$config" '$1 == file {print $2}')
    [ -n "$was" ] && [ "$was" = "$(md5sum <"$config" | cut -d' ' -f1)" ]
  else
    rpm -qf "$config" && ! rpm -Vf "$config" | grep -q "^..5.* $config$"
  fi
}
# By its file: a host sees the processes of its containers too.
has_rsyslog() {
  command -v rsyslogd && {
    systemctl is-active --quiet rsyslog || { read -r pid </run/rsyslogd.pid && kill -0 "$pid"; }
  }
}
show service echo "$service"
show release cat /etc/os-release
show version haproxy -v
for each in apt-get dnf yum; do show "$each" command -v "$each"; done
show init test -x /etc/init.d/haproxy
show boolean getsebool haproxy_connect_any
if [ "$service" = systemd ]; then
  show running systemctl is-active --quiet haproxy
  show enabled systemctl is-enabled --quiet haproxy
else
  show running sh -c 'read -r pid <"$1" && kill -0 "$pid"' sh "$pidfile"
  show enabled sh -c 'ls /etc/rc[2-5].d/S[0-9]*haproxy'
fi
show stat stat -c '%a %Y' "$config"
show packaged is_packaged
show listening cat /proc/net/tcp /proc/net/tcp6
show now date +%s
show firewalld firewall-cmd --state
show ports firewall-cmd --list-ports
show rules firewall-cmd --list-rich-rules
show keptports firewall-cmd --permanent --list-ports
show keptrules firewall-cmd --permanent --list-rich-rules
show ufw ufw status
show rsyslog has_rsyslog
show rsyslogfile cat ${rsyslogFile}
show imudp grep -rlE '^[^#]*imudp' /etc/rsyslog.conf /etc/rsyslog.d --exclude=49-impala-ha.conf
show addresses sh -c 'ip -o addr show || hostname -I'
for each in "$@"; do show "name $each" getent ahosts "$each"; done`;

type Section = {readonly text: string; readonly isGood: boolean};

/** @returns What each section of the script's output holds. */
function parseSections(output: string): (name: string) => Section {
  const sections = new Map(
    output.split(/^@/m).map((part) => {
      const lines = part.trimEnd().split('\n');
      return [
        lines[0] ?? '',
        {text: lines.slice(1, -1).join('\n').trim(), isGood: lines.at(-1) === '0'},
      ] as const;
    }),
  );
  return (name) => sections.get(name) ?? {text: '', isGood: false};
}

/** @param names Hosts of daemons: HAProxy's host must know them. */
export async function readProxyFacts(
  host: RemoteHost,
  installation: Installation,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ProxyFacts> {
  const {config: path, pidFile, service: wanted} = installation;
  const asked = [...new Set(names)].filter((name) => !isAddress(name));
  const words = [path, pidFile, wanted ?? 'find', ...asked];
  const options = {asRoot: true, signal};
  const {stdout} = await host.run(['sh', '-c', script, 'sh', ...words], {
    ...options,
    allow: 'any',
    timeoutMs: 120_000,
  });
  const read = parseSections(stdout);
  const bytes = await host.readFile(path, options);
  const service = read('service').text === 'systemd' ? 'systemd' : 'process';
  const version = /version (\d+(?:\.\d+)+)/.exec(read('version').text)?.[1];
  const packages = (['apt-get', 'dnf', 'yum'] as const).find((name) => read(name).isGood);
  const mayConnectAnywhere = readBoolean(read('boolean').text);
  const hasInitScript = read('init').isGood;
  const isEnabled = service === 'systemd' || hasInitScript ? read('enabled').isGood : undefined;
  const [mode = '644', changed = '0'] = read('stat').text.split(' ');
  return {
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(read('release').text)?.[1] ?? 'an unknown system',
    packages,
    version,
    service,
    isRunning: read('running').isGood,
    isEnabled,
    ...(bytes === undefined
      ? {}
      : {
          config: {
            text: bytes.toString('utf8'),
            mode,
            changedAtS: Number(changed),
            isPackaged: read('packaged').isGood,
          },
        }),
    listening: parseListening(read('listening').text),
    nowS: Number(read('now').text),
    mayConnectAnywhere,
    rsyslog: {
      isRunning: read('rsyslog').isGood,
      // Its last newline is cut with the section.
      text: read('rsyslogfile').isGood ? `${read('rsyslogfile').text}\n` : undefined,
      hasUdp: read('imudp').isGood,
    },
    firewall: readFirewall((name) => read(name).text),
    unknownNames: asked.filter((name) => !read(`name ${name}`).isGood),
    addressesOf: new Map(asked.map((name) => [name, listAddresses(read(`name ${name}`).text)])),
    ownAddresses: new Set(listAddresses(read('addresses').text)),
  };
}

/** @param table Of /proc/net/tcp: in its second column address:port in hexadecimal, in its fourth the state. Pure. */
export function parseListening(table: string): ReadonlySet<number> {
  const listens = [...table.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /gm)];
  return new Set(listens.map(([, port = '0']) => Number.parseInt(port, 16)));
}

/** Every word that is an address, also with the bits of its network behind it. */
function listAddresses(text: string): readonly string[] {
  const words = text.split(/\s+/).map((word) => word.replace(/\/\d+$/, ''));
  return [...new Set(words.filter((word) => isAddress(word)))];
}

/** `haproxy_connect_any --> off`; nothing where SELinux is off, since getsebool then fails. */
function readBoolean(text: string): boolean | undefined {
  const value = /--> (on|off)/.exec(text)?.[1];
  return value === undefined ? undefined : value === 'on';
}

function readFirewall(read: (name: string) => string): Firewall {
  if (read('firewalld') === 'running') {
    const list = (...names: readonly string[]): readonly string[] =>
      names
        .flatMap((name) => read(name).split(name.endsWith('ports') ? /\s+/ : '\n'))
        .filter((each) => each !== '');
    const kept = new Set(list('keptports', 'keptrules'));
    return {type: 'firewalld', open: new Set(list('ports', 'rules').filter((each) => kept.has(each)))};
  }
  const ufw = read('ufw');
  if (!/^Status: active/m.test(ufw)) return {type: 'none'};
  // `21050/tcp    ALLOW    10.0.0.0/8`; `(v6)` lines are the same rules once more.
  const rules = [...ufw.matchAll(/^(\d+)\/tcp\s+ALLOW(?: IN)?\s+(\S+)/gm)];
  return {type: 'ufw', open: new Set(rules.map(([, port = '', from = '']) => `${port}/tcp from ${from}`))};
}
