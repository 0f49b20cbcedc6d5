// How HAProxy's runtime socket is reached on the proxy's host. Knows RemoteHost; knows nothing of what is asked.
import {describeError} from '../core/errors.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {createRuntimeSocket, RuntimeSocketError, type RuntimeSocket} from './runtime-socket.ts';

/** Ends of the ways below: no such socket, or no program that can talk to one. */
const unreachable = 69;

/** Python 2 and 3. */
const python = `import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.stdin.read().encode())
out = getattr(sys.stdout, 'buffer', sys.stdout)
while True:
    b = s.recv(65536)
    if not b: break
    out.write(b)`;

const perl = `my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!\\n"; print $s <STDIN>; $s->flush; print <$s>;`;

/** Any program that can talk to a unix socket, since none is on every system. */
const script = `if ! [ -S "$1" ]; then echo "there is no socket $1" >&2; exit ${unreachable}; fi
has() { command -v "$1" >/dev/null 2>&1; }
if has socat; then exec socat -t 30 - "UNIX-CONNECT:$1"; fi
for python in python3 /usr/libexec/platform-python python2 python; do
  if has "$python"; then exec "$python" -c "$2" "$1"; fi
done
if has perl && perl -MIO::Socket::UNIX -e1 2>/dev/null; then exec perl -MIO::Socket::UNIX -e "$3" "$1"; fi
if has nc; then exec nc -U "$1"; fi
echo "none of socat, python, perl and nc is there" >&2
exit ${unreachable}`;

/**
 * Straight to the socket where we may, which needs no program over there (ssh: direct-streamlocal); and otherwise as
 * root through a program: the socket is for root and its group, and some sshd forward nothing.
 */
export function createProxySocket(host: RemoteHost, path: string): RuntimeSocket {
  const direct = createRuntimeSocket(() => host.openSocket(path));
  let works: RuntimeSocket | undefined;
  return {
    ask: async (command, signal) => {
      if (works !== undefined) return works.ask(command, signal);
      try {
        const answer = await direct.ask(command, signal);
        works = direct;
        return answer;
      } catch (first) {
        if (!(first instanceof RuntimeSocketError)) signal?.throwIfAborted();
        const program = createProgramSocket(host, path, describeError(first));
        const answer = await program.ask(command, signal);
        works = program;
        return answer;
      }
    },
  };
}

function createProgramSocket(host: RemoteHost, path: string, otherwise: string): RuntimeSocket {
  return {
    ask: async (command, signal) => {
      const lines: string[] = [];
      const {exitCode, stderr} = await host.run(['sh', '-c', script, 'sh', path, python, perl], {
        asRoot: true,
        input: `${command}\n`,
        allow: 'any',
        timeoutMs: 30_000,
        onLine: (line, stream) => {
          if (stream === 'stdout') lines.push(line);
        },
        signal,
      });
      if (exitCode === 0) return lines.join('\n').trim();
      const reason = stderr.trim().split('\n').at(-1) ?? '';
      throw new RuntimeSocketError(
        `On ${host.name}, HAProxy's runtime socket ${path} cannot be reached: ${reason || otherwise}.`,
      );
    },
  };
}
