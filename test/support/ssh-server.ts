// What our ssh servers of the tests have in common.
import type {Connection} from 'ssh2';

/** As sshd does: ssh2 leaves Nagle's algorithm on, and each answer would wait 40 ms for an ACK. Its types lack the method. */
export function withoutDelay(client: Connection): void {
  (client as Connection & {setNoDelay(): void}).setNoDelay();
}
