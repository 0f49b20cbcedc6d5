// Finds and ends what a killed copy of the tool left running for one machine. Knows Linux's /proc and ps elsewhere.
import {lstat, readdir, readFile} from 'node:fs/promises';
import {kill, pid as ownPid} from 'node:process';
import type {Clock} from '../core/clock.ts';
import type {Exec} from '../core/exec.ts';
import {lxcFolder} from './providers/lxc.ts';
import type {AsRoot} from '../core/as-root.ts';

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
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const processes = await Promise.all(pids.map((pid) => readProcess(pid, mark)));
  return findStrays(processes, id, ownPid);
}

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly isMarked: boolean;
  readonly isRoots: boolean;
  readonly argv: readonly string[];
}

/**
 * Those that are marked, root's that make the machine for LXC, and all that they started: vagrant-lxc works through
 * sudo, which clears the environment, and an `lxc-create` whose sudo was killed goes on unpacking with nobody as its
 * parent. A process that only names the machine is not ours: an operator's `tail -f`, a backup, an editor.
 * @returns Parents before their children. LXC's monitor is left to `lxc-stop`, which clears up after it.
 */
export function findStrays(processes: readonly ProcessFacts[], id: string, self: number): readonly number[] {
  const isSpared = ({pid, argv}: ProcessFacts): boolean =>
    pid === self || argv[0]?.startsWith('[lxc monitor]') === true;
  const found = new Set<ProcessFacts>();
  const add = (process: ProcessFacts): void => {
    if (isSpared(process) || found.has(process)) return;
    found.add(process);
    for (const child of processes) if (child.parent === process.pid) add(child);
  };
  for (const process of processes)
    if (process.isMarked || (process.isRoots && isMaking(process.argv, id))) add(process);
  return [...found].map(({pid}) => pid);
}

const launchers = /^(sudo|env|vagrant-lxc-wrapper|bash|sh|ruby)$/;
/** Of LXC, of vagrant-lxc, and our own. `lxc-stop`, `lxc-info` and their like make nothing. */
const makers =
  /(^|\/)(lxc-(create|start|execute|copy)|lxc-template|layers\.sh)$|^\/usr\/share\/lxc\/templates\//;

/** Whether this is one of the few commands that make or start a container, of just this name. */
function isMaking(argv: readonly string[], id: string): boolean {
  const baseOf = (word: string): string => word.slice(word.lastIndexOf('/') + 1);
  const at = argv.findIndex((word) => !launchers.test(baseOf(word)) && !word.startsWith('-'));
  const [command = '', ...args] = argv.slice(Math.max(at, 0));
  const name = id.replaceAll('.', '\\.');
  const namesMachine = new RegExp(`^(--[a-z-]+=)?(${lxcFolder}/)?${name}(/.*)?$`, 's');
  if (makers.test(command)) return args.some((word) => namesMachine.test(word));
  // What a template that was killed had begun to unpack; one that packs is a backup.
  const extracts = args.some((word) => /^(-[a-zA-Z]*x[a-zA-Z]*|--extract)$/.test(word));
  const into = args.findIndex((word) => word === '-C' || word === '--directory') + 1;
  return baseOf(command) === 'tar' && extracts && into > 0 && namesMachine.test(args[into] ?? '');
}

/** One that ended meanwhile, or is another user's, has nothing to show. */
async function readProcess(pid: number, mark: string): Promise<ProcessFacts> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [environment, commandLine, stat, folder] = await Promise.all([
    read('environ'),
    read('cmdline'),
    read('stat'),
    lstat(`/proc/${pid}`).catch(() => undefined),
  ]);
  return {
    pid,
    // Field 4, counted from behind the command's name, which may hold spaces. Source: proc(5).
    parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0),
    isMarked: environment.split('\0').includes(mark),
    isRoots: folder?.uid === 0,
    argv: commandLine.split('\0'),
  };
}
