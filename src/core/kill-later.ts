// The second door to processes, for the one that must not wait for anything: it loads nothing, so that the start of the
// tool stays quick and a signal can be answered while every thread hangs. Knows one command.
import {getBuiltinModule} from 'node:process';

/** By then the id may belong to another process, which is not the helper's parent. `ps` where there is no /proc. */
const script = `sleep "$2"
read -r _ _ _ parent _ <"/proc/$$/stat" || parent=$(ps -o ppid= -p "$$")
[ "$((parent))" -eq "$1" ] && kill -KILL "$1"`;

/**
 * Has this process killed after a while if it is still there: its exit joins threads, and one that opens a pipe without
 * a writer, or a file of a dead server, never ends. A child in a session of its own does it, out of reach of Ctrl-C.
 */
export function killLater(ownPid: number, afterSeconds: number): void {
  const {spawn} = getBuiltinModule('node:child_process'); // Only then: it takes 2 ms of every start.
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(ownPid), String(afterSeconds)], {
    env: {PATH: '/usr/bin:/bin'},
    stdio: 'ignore',
    detached: true,
  });
  child.on('error', () => undefined); // Nothing else can be done.
  child.unref();
}
