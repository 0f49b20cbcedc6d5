// What an lxc machine used of its memory. Asks LXC, which knows where it put the machine's control group.
import type {Exec} from '../core/exec.ts';
import type {MemoryUse} from './machine.ts';
import type {AsRoot} from '../core/as-root.ts';

/** @returns Empty fields for what cannot be known, such as of a machine that does not run. */
export async function readLxcMemory(
  id: string,
  {exec, asRoot}: {readonly exec: Exec; readonly asRoot: AsRoot},
): Promise<MemoryUse> {
  const read = async (...keys: readonly string[]): Promise<string> => {
    for (const key of keys) {
      const {exitCode, stdout} = await exec(asRoot(['lxc-cgroup', '-n', id, key]), {allow: 'any'});
      if (exitCode === 0 && stdout !== '') return stdout;
    }
    return '';
  };
  // First the names of cgroup v1, then those of v2, where memory.peak exists since Linux 5.19.
  const peak = await read('memory.max_usage_in_bytes', 'memory.peak');
  const kills = /^oom_kill (\d+)$/m.exec(await read('memory.oom_control', 'memory.events'))?.[1];
  return {
    ...(/^\d+\s*$/.test(peak) ? {peakBytes: Number(peak)} : {}),
    ...(kills === undefined ? {} : {oomKills: Number(kills)}),
  };
}
