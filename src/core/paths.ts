// Names every file that we keep on disk. Explained for readers in docs/internals.md.
import {fileURLToPath} from 'node:url';
import {join, resolve} from 'node:path';

/**
 * The checkout, or the folder of the installed package: holds data/, vagrant/, puppet/, patches/. Two folders up
 * from src/core, from lib/core and from the parts in lib/bundle.
 */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

export interface Paths {
  /** Home of the user; `~` in what we print. */
  readonly home: string;
  readonly config: string;
  readonly state: string;
  /** One JSON file a machine, written before it is created and removed after the provider forgot it. */
  readonly journal: string;
  /** One folder a machine: Vagrantfile, machine.json, puppet/, keys. */
  readonly machines: string;
  /** One folder a build: log, Maven's output, what was fetched. */
  readonly logs: string;
  /** Events of each run, one file a run: history, estimates and the page read them. */
  readonly runs: string;
  readonly locks: string;
  /** One JSON file a dist: which of its files were read and found whole. Any may be deleted. */
  readonly seals: string;
  /** One JSON file a daemon that `impala-ha drill` has stopped or drained, until it is put back. */
  readonly drills: string;
  readonly cache: string;
  readonly git: string;
  /** Source trees that are being prepared, one folder a build; each names its owner. */
  readonly source: string;
  /** Artifacts that builds fetched, by content, and which build used which. */
  readonly maven: string;
  /** Compiled modules of earlier builds, for other variants of the same release. */
  readonly modules: string;
  readonly boxes: string;
  readonly sample: string;
  /** Packages for hosts without a network, one folder a system. */
  readonly packages: string;
  /** Answers that hold for some minutes, such as whether Cloudera's repository is there. */
  readonly probes: string;
  /** Who uses what lies in the cache, and since when; one file a process and entry. */
  readonly uses: string;
  /** The operator's own folder of Vagrant: boxes, plugins. */
  readonly vagrantHome: string;
  /** The same for our calls, where that one has a Vagrantfile: links to all else in it. There, since plugins bear no odd path. */
  readonly vagrantLinks: string;
  /** Like `uses`, of Vagrant's boxes, which are shared by all caches: beside them. */
  readonly boxUses: string;
  /** Whether KVM runs guests on this host, found out once a boot. May be deleted. */
  readonly kvm: string;
  /** Dists that a worker of a queue has built, until they are fetched; one folder a job. */
  readonly fleet: string;
  /** What `setup` changed on this host, so that `setup --undo` can take it back. */
  readonly setup: string;
}

/** @param env Reads HOME, VAGRANT_HOME and the XDG variables; an empty or relative one counts as unset, as the XDG text says. */
export function planPaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const base = (name: string, fallback: string): string => {
    const value = env[name];
    return join(value?.startsWith('/') === true ? value : join(home, fallback), 'build-spark');
  };
  const state = base('XDG_STATE_HOME', '.local/state');
  const cache = base('XDG_CACHE_HOME', '.cache');
  const vagrantHome = planVagrantHome(env.VAGRANT_HOME, home);
  return {
    home,
    config: join(base('XDG_CONFIG_HOME', '.config'), 'config.yaml'),
    state,
    journal: join(state, 'journal'),
    machines: join(state, 'machines'),
    logs: join(state, 'logs'),
    runs: join(state, 'runs'),
    locks: join(state, 'locks'),
    seals: join(state, 'seals'),
    drills: join(state, 'drills'),
    cache,
    git: join(cache, 'git'),
    source: join(cache, 'source'),
    maven: join(cache, 'maven'),
    modules: join(cache, 'modules'),
    boxes: join(cache, 'boxes'),
    sample: join(cache, 'sample'),
    packages: join(cache, 'packages'),
    probes: join(cache, 'probes'),
    uses: join(cache, 'uses'),
    vagrantHome,
    vagrantLinks: join(vagrantHome, 'build-spark'),
    boxUses: join(vagrantHome, 'build-spark-uses'),
    kvm: join(state, 'kvm.json'),
    fleet: join(state, 'fleet'),
    setup: join(state, 'setup.json'),
  };
}

/** Source: Vagrant.user_data_path of 2.3.4, which also takes `~` and what is relative. */
function planVagrantHome(value: string | undefined, home: string): string {
  if (value === undefined || value === '') return join(home, '.vagrant.d');
  return value === '~' || value.startsWith('~/') ? join(home, value.slice(1)) : resolve(value);
}
