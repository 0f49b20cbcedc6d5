// Finds and ends what a killed copy of the tool left running for one machine. Knows Linux's /proc and ps elsewhere.
import {readdir, readFile} from 'node:fs/promises';
import {kill, pid as ownPid} from 'node:process';
import type {Clock} from '../core/clock.ts';
import type {Exec} from '../core/exec.ts';
import type {AsRoot} from './provider.ts';

const markName = 'BUILD_SPARK_MACHINE';

/** Environment of every process that works on a machine; its children inherit it, so they can be found later. */
export function machineMark(id: string): Readonly<Record<string, string>> {
  return {[markName]: id};
}

/** Kills every process marked with this machine. A `vagrant up` that outlived us would go on creating it. */
export async function killStrays(
  id: string,
  tools: {readonly exec: Exec; readonly asRoot: AsRoot; readonly clock: Clock},
): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const pids = await findMarked(id, tools.exec);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        kill(pid, 'SIGKILL');
      } catch {
        await tools.exec(tools.asRoot(['kill', '-KILL', String(pid)]), {allow: 'any'});
      }
    }
    await tools.clock.sleep(100);
  }
}

async function findMarked(id: string, exec: Exec): Promise<readonly number[]> {
  const mark = `${markName}=${id}`;
  const entries = await readdir('/proc').catch(() => undefined);
  if (entries === undefined) {
    const {stdout} = await exec(['ps', 'eww', '-axo', 'pid,command'], {allow: 'any'});
    const lines = stdout.split('\n').filter((line) => line.split(' ').includes(mark));
    return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid !== ownPid);
  }
  const found = await Promise.all(
    entries
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
        return environment.split('\0').includes(mark) ? [Number(name)] : [];
      }),
  );
  return found.flat().filter((pid) => pid !== ownPid);
}
