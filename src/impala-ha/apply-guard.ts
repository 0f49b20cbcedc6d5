// The change of HAProxy's configuration on its host: kept when we confirm it, and taken back when we do not, whatever
// happens to us or to the connection. Knows files and processes there, not what is in the configuration.
import type {Clock} from '../core/clock.ts';
import {BuildError} from '../core/errors.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import type {Installation, ServiceKind} from './apply-facts.ts';

/** Runs detached from us. Words of its file `state`: swapping reloading reloaded kept restored broken. */
const script = `set -u
PATH=$PATH:/usr/sbin:/sbin
dir=$1 config=$2 new=$3 backup=$4 wait=$5 service=$6 pidfile=$7 master=$8
trap '' HUP
say() { printf '%s\\n' "$1" >"$dir/state.new"; mv -f "$dir/state.new" "$dir/state"; }
pid() { head -n 1 "$pidfile" 2>/dev/null; }
runs() {
  if [ "$service" = systemd ]; then systemctl is-active --quiet haproxy
  else p=$(pid) && [ -n "$p" ] && kill -0 "$p" 2>/dev/null; fi
}
is_master() { tr '\\000' ' ' <"/proc/$(pid)/cmdline" | grep -q -- ' -Ws\\? '; }
renew() {
  if [ "$service" = systemd ]; then
    if runs; then systemctl reload haproxy; else systemctl start haproxy; fi
  elif ! runs; then haproxy $master -D -f "$config" -p "$pidfile"
  elif is_master; then kill -USR2 "$(pid)"
  else haproxy $master -D -f "$config" -p "$pidfile" -sf $(cat "$pidfile"); fi
}
halt() {
  if [ "$service" = systemd ]; then systemctl stop haproxy; elif runs; then kill -TERM $(cat "$pidfile"); fi
}
restore() {
  if [ "$config" != "$new" ]; then
    if [ -n "$had" ]; then cp -p "$backup" "$config.impala-ha-old" && mv -f "$config.impala-ha-old" "$config"
    else rm -f "$config"; fi
  fi
  if [ -n "$ran" ]; then renew; else halt; fi
  if [ $? -eq 0 ]; then say restored; else say broken; fi
}
had='' ran=''
if runs; then ran=yes; fi
if [ -e "$config" ]; then had=yes; fi
say swapping
if [ "$config" != "$new" ]; then
  if [ -n "$had" ] && ! cp -p "$config" "$backup"; then say restored; exit; fi
  sync
  mv -f "$new" "$config"
fi
say reloading
if ! renew; then restore; exit; fi
say reloaded
end=$(($(date +%s) + wait))
while [ ! -e "$dir/confirm" ] && [ ! -e "$dir/abort" ] && [ "$(date +%s)" -lt "$end" ]; do sleep 0.2 2>/dev/null || sleep 1; done
if [ -e "$dir/confirm" ] && [ ! -e "$dir/abort" ]; then say kept; else restore; fi
`;

/** Exit code of the launcher: somebody else's change is still waiting for its confirmation. */
const busy = 75;

const launcher = `set -eu
base=$(dirname "$2")
for each in "$base"/*/pid; do
  if [ -e "$each" ] && kill -0 "$(cat "$each")" 2>/dev/null; then exit ${busy}; fi
done
find "$base" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
mkdir "$2"
cd /
setsid sh "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" >"$2/log" 2>&1 </dev/null &
echo "$!" >"$2/pid"`;

export interface GuardOptions {
  readonly installation: Installation;
  readonly service: ServiceKind;
  /** Whether this HAProxy knows a master process (1.8); an older one is reloaded by another that takes over (`-sf`). */
  readonly hasMaster: boolean;
  /** The file that takes the place of the configuration; the configuration itself when it only needs a reload. */
  readonly newFile: string;
  readonly backup: string;
  /** Own to this change. */
  readonly id: string;
  /** For the confirmation, from the reload on. */
  readonly waitS: number;
}

export interface Guard {
  /** Resolves once HAProxy was told to take the new configuration. Throws GuardError when it did not, and all is as before. */
  reloaded(signal?: AbortSignal): Promise<void>;
  /** Throws GuardError when it came too late. */
  keep(): Promise<void>;
  /** Whether it has ended with all as before: then there is nothing to take back. */
  isOver(): boolean;
  /** Resolves once all is as before. */
  takeBack(): Promise<void>;
}

class GuardError extends BuildError {}

/** Root's own, and gone after a reboot: the configuration on disk is whole at every moment. */
const baseFolder = '/run/impala-ha';

export async function startGuard(host: RemoteHost, options: GuardOptions, clock: Clock): Promise<Guard> {
  const {installation, service, hasMaster, newFile, backup, id, waitS} = options;
  const {config, pidFile} = installation;
  const folder = `${baseFolder}/${id}`;
  const file = `${folder}.sh`;
  await host.run(['mkdir', '-p', '-m', '700', baseFolder], {asRoot: true});
  await host.writeFile(file, script, {asRoot: true, mode: '600'});
  const words = [
    file,
    folder,
    config,
    newFile,
    backup,
    String(waitS),
    service,
    pidFile,
    hasMaster ? '-W' : '',
  ];
  const launched = await host.run(['sh', '-c', launcher, 'sh', ...words], {asRoot: true, allow: [0, busy]});
  if (launched.exitCode === busy) {
    await host.run(['rm', '-f', file], {asRoot: true});
    throw new GuardError(
      `On ${host.name}, another apply has not ended yet, or lost its connection.`,
      `Without its confirmation everything is as before within ${waitS} s; then type the same command again.`,
    );
  }
  const readState = async (): Promise<string> =>
    ((await host.readFile(`${folder}/state`, {asRoot: true}))?.toString() ?? '').trim();
  const readLog = async (): Promise<string> =>
    ((await host.readFile(`${folder}/log`, {asRoot: true}))?.toString() ?? '')
      .trim()
      .split('\n')
      .slice(-12)
      .join('\n');
  const waitFor = async (states: readonly string[], signal?: AbortSignal): Promise<string> => {
    const endMs = clock.monotonicMs() + (waitS + 120) * 1_000;
    for (;;) {
      const state = await readState();
      if (states.includes(state)) return state;
      if (clock.monotonicMs() > endMs)
        throw new GuardError(
          `On ${host.name}, the change of HAProxy's configuration stands at "${state}".`,
          `Look there: cat ${folder}/log; the configuration before it is ${backup}.`,
        );
      await clock.sleep(200, signal);
    }
  };
  let isOver = false;
  const forget = async (): Promise<void> => {
    isOver = true;
    await host.run(['rm', '-rf', folder, file], {asRoot: true});
  };
  const broken = async (): Promise<GuardError> =>
    new GuardError(
      `On ${host.name}, HAProxy took neither the new configuration nor, after that, the one before it:\n${await readLog()}`,
      `Look there: haproxy -c -f ${config}${service === 'systemd' ? ', and the same for every other -f of systemctl cat haproxy' : ''}; the file as it was is ${backup}.`,
    );
  return {
    reloaded: async (signal) => {
      const state = await waitFor(['reloaded', 'kept', 'restored', 'broken'], signal);
      if (state === 'broken') throw await broken();
      if (state !== 'restored') return;
      const log = await readLog();
      await forget();
      throw new GuardError(
        `On ${host.name}, HAProxy did not take the new configuration; everything is as before.\n${log}`.trimEnd(),
        'Fix what it says; often a port is taken, or a folder is missing.',
      );
    },
    keep: async () => {
      await host.run(['touch', `${folder}/confirm`], {asRoot: true});
      const state = await waitFor(['kept', 'restored', 'broken']);
      if (state === 'broken') throw await broken();
      await forget();
      if (state === 'kept') return;
      throw new GuardError(
        `On ${host.name}, the confirmation came too late (after ${waitS} s), and everything is as before.`,
        'Type the same command again.',
      );
    },
    isOver: () => isOver,
    takeBack: async () => {
      await host.run(['touch', `${folder}/abort`], {asRoot: true});
      const state = await waitFor(['kept', 'restored', 'broken']);
      if (state === 'broken') throw await broken();
      await forget();
    },
  };
}
