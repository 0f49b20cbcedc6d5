// keepalived's configuration for two balancers that share one address: which of them has it, and what tells that a HAProxy
// works. Pure. The script asks HAProxy itself: a port that is open is what a frozen one has too.
import type {HaSpec} from './spec-schema.ts';

export type VipSpec = NonNullable<HaSpec['proxy']['vip']>;

export const keepalivedFiles = {
  config: '/etc/keepalived/keepalived.conf',
  check: '/etc/keepalived/impala-ha-check',
  sysctl: '/etc/sysctl.d/60-impala-ha.conf',
} as const;

export const keepalivedHead =
  '# Made by impala-ha from its spec; what is changed here is lost with the next apply.';

export interface VipFile {
  readonly path: string;
  readonly text: string;
  readonly mode: string;
}

/**
 * @param index Of the balancer in the spec: the first is preferred when both start at once.
 * @param device The network device that has its address.
 * @param password Of VRRP: what keepalived takes of it are eight characters.
 */
export function renderVipFiles(
  {admin}: HaSpec,
  vip: VipSpec,
  index: number,
  device: string,
  password: string,
): readonly VipFile[] {
  const own = vip.balancers[index];
  if (own === undefined) throw new Error(`No balancer ${index}`);
  const peers = vip.balancers.filter((other) => other !== own);
  const [address = ''] = vip.address.split('/');
  return [
    {
      path: keepalivedFiles.config,
      mode: '600',
      text: `${keepalivedHead}

global_defs {
    router_id ${own.address}
    script_user root
    enable_script_security
}

vrrp_script haproxy {
    script "${keepalivedFiles.check}"
    interval 1
    timeout 2
    fall 2
    rise 2
}

vrrp_instance impala_ha {
    state BACKUP
${vip.preempt ? '' : '    nopreempt\n'}    interface ${device}
    virtual_router_id ${vip.router}
    priority ${150 - index * 50}
    advert_int 1
    unicast_src_ip ${own.address}
    unicast_peer {
${peers.map((peer) => `        ${peer.address}`).join('\n')}
    }
    authentication {
        auth_type PASS
        auth_pass ${password}
    }
    virtual_ipaddress {
        ${vip.address}
    }
    track_script {
        haproxy
    }
}
`,
    },
    {path: keepalivedFiles.check, mode: '755', text: renderCheckScript(admin.socket)},
    {
      path: keepalivedFiles.sysctl,
      mode: '644',
      // HAProxy binds the address also where the other balancer has it.
      text: `${keepalivedHead}\nnet.${address.includes(':') ? 'ipv6' : 'ipv4'}.ip_nonlocal_bind = 1\n`,
    },
  ];
}

/** With whatever can talk to a unix socket there. */
const renderCheckScript = (socket: string): string => `#!/bin/sh
${keepalivedHead}
# Whether HAProxy answers on its runtime socket: a frozen one does not.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
socket=${socket}
has() { command -v "$1" >/dev/null 2>&1; }
ask() {
  if has socat; then echo 'show info' | socat -t 2 - "UNIX-CONNECT:$socket"; return; fi
  for python in python3 /usr/libexec/platform-python python2 python; do
    if has "$python"; then
      "$python" -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(2)
s.connect(sys.argv[1])
s.sendall(b"show info\\n")
b = s.recv(65536)
sys.stdout.write(b.decode())' "$socket"
      return
    fi
  done
  if has perl && perl -MIO::Socket::UNIX -e1 2>/dev/null; then
    perl -MIO::Socket::UNIX -e 'alarm 2; my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; print $s "show info\\n"; $s->flush; print <$s>;' "$socket"
    return
  fi
  echo 'show info' | nc -U "$socket"
}
ask 2>/dev/null | grep -q '^Pid: '
`;

/** @param text What `ip -o addr show` prints. @returns Whether this address is there. */
export const holdsAddress = (text: string, vip: VipSpec): boolean =>
  text.split(/\s+/).some((word) => word.split('/')[0] === vip.address.split('/')[0]);

/** @returns The device that has an address. */
export const findDevice = (text: string, address: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.split(/\s+/).some((word) => word.split('/')[0] === address))
    ?.split(/\s+/)[1]
    ?.replace(/@.*$/, '');
