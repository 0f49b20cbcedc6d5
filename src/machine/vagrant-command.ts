// How Vagrant is called: in which folder, from which file, with which home. Knows no machine.
import {lstat, mkdir, readdir, readlink, rm, symlink} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {hasErrorCode} from '../core/errors.ts';
import type {Argv, CommandOptions, CommandResult, Exec} from '../core/exec.ts';
import {removeTree} from '../core/mounts.ts';
import type {Paths} from '../core/paths.ts';

export interface VagrantCommandTools {
  readonly exec: Exec;
  readonly paths: Pick<Paths, 'vagrantHome' | 'vagrantLinks'>;
}

/**
 * @param folder The machine's own, which holds its Vagrantfile; undefined for calls without a machine, such as those for boxes.
 * @param args A machine is named in them, so that a Vagrantfile that is not ours has none of that name.
 */
export async function runVagrant(
  {exec, paths}: VagrantCommandTools,
  folder: string | undefined,
  args: readonly string[],
  options: Omit<CommandOptions, 'cwd'> = {},
): Promise<CommandResult> {
  // `--no-tty` would undo `--machine-readable`; without a terminal it only keeps progress bars away.
  const display = args.includes('--machine-readable') ? [] : ['--no-tty', '--no-color'];
  const argv: Argv = ['vagrant', ...args, ...display];
  const env = {...renderVagrantEnv(folder), VAGRANT_HOME: await openVagrantHome(paths)};
  return exec(argv, {...options, cwd: folder ?? '/', env: {...options.env, ...env}});
}

/**
 * Said, not left to Vagrant to find: without a Vagrantfile it looks in all folders above, and finds somebody's project.
 * Aliases can give `up` and `destroy` another meaning. Source: vagrant/environment.rb and cli.rb of 2.3.4.
 */
function renderVagrantEnv(folder: string | undefined): Readonly<Record<string, string>> {
  return {
    VAGRANT_CHECKPOINT_DISABLE: '1',
    VAGRANT_ALIAS_FILE: '/dev/null',
    VAGRANT_CWD: folder ?? '/',
    VAGRANT_VAGRANTFILE: folder === undefined ? 'no-project' : 'Vagrantfile',
    ...(folder === undefined ? {} : {VAGRANT_DOTFILE_PATH: join(folder, '.vagrant')}),
  };
}

const isVagrantfile = (name: string): boolean => name.toLowerCase() === 'vagrantfile';
/** What Vagrant makes where it lacks it, but not behind a link that leads nowhere. */
const ownFolders: readonly string[] = ['boxes', 'data', 'gems', 'rgloader', 'tmp'];

/**
 * Vagrant puts the Vagrantfile of its home under every project's, and cannot be told not to: with one, a machine would get
 * folders, provisioners and triggers that nobody asked for. Then our calls get a home of links to all else that is in it.
 * Idempotent; may run in several processes at once.
 */
export async function openVagrantHome(paths: VagrantCommandTools['paths']): Promise<string> {
  const {vagrantHome, vagrantLinks} = paths;
  const names = await readdir(vagrantHome).catch(() => []);
  if (!names.some(isVagrantfile)) return vagrantHome;
  await mkdir(vagrantLinks, {recursive: true, mode: 0o700});
  for (const name of ownFolders) await mkdir(join(vagrantHome, name), {recursive: true});
  const isWanted = (name: string): boolean => !isVagrantfile(name) && name !== basename(vagrantLinks);
  const wanted = new Set([...names, ...ownFolders].filter(isWanted));
  for (const name of wanted) await link(join(vagrantHome, name), join(vagrantLinks, name));
  for (const name of await readdir(vagrantLinks)) {
    if (isVagrantfile(name) || (!wanted.has(name) && (await isLink(join(vagrantLinks, name)))))
      await rm(join(vagrantLinks, name), {force: true});
  }
  return vagrantLinks;
}

/** Takes the place of a file that Vagrant wrote before its home had one of that name. */
async function link(target: string, path: string): Promise<void> {
  const found = await readlink(path).catch((error: unknown) =>
    hasErrorCode(error, 'ENOENT') ? undefined : '',
  );
  if (found === target) return;
  if (found !== undefined) await removeTree(path);
  await symlink(target, path).catch((error: unknown) => {
    if (!hasErrorCode(error, 'EEXIST')) throw error; // Another process was faster.
  });
}

function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
}
