// Names every file that we keep on disk. Explained for readers in docs/internals.md.
import {fileURLToPath} from 'node:url';
import {join} from 'node:path';

/** The checkout, or the folder of the installed package: holds vagrant/, puppet/, patches/. */
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
  /** Times of earlier builds, for estimates. */
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
  /** Answers that hold for some minutes, such as whether Cloudera's repository is there. */
  readonly probes: string;
  /** Who uses what lies in the cache, and since when; one file a process and entry. */
  readonly uses: string;
  /** What `setup` changed on this host, so that `setup --undo` can take it back. */
  readonly setup: string;
}

/** @param env Reads HOME and the XDG variables; an empty or relative one counts as unset, as the XDG text says. */
export function planPaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const base = (name: string, fallback: string): string => {
    const value = env[name];
    return join(value?.startsWith('/') === true ? value : join(home, fallback), 'build-spark');
  };
  const state = base('XDG_STATE_HOME', '.local/state');
  const cache = base('XDG_CACHE_HOME', '.cache');
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
    probes: join(cache, 'probes'),
    uses: join(cache, 'uses'),
    setup: join(state, 'setup.json'),
  };
}
