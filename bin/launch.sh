#!/bin/sh
# What bin/build-spark and bin/impala-ha share, and source: in a checkout, fresh or after its sources changed, npm packages are
# installed and the sources compiled, once for both. An installed package is only started. Knows nothing of what the tools do. Exit code 4 when this host cannot run them.
set -eu
# Meant for other programs: options and modules for every Node, files that every shell reads first, functions of bash.
unset NODE_OPTIONS NODE_PATH BASH_ENV ENV
unset -f node npm find cmp cp ln mv rm mkdir mktemp tail sleep kill command printf

say() { printf '%s: %s\n' "$tool" "$*" >&2; }
refuse() { # <what is wrong> <what to type>
  say "$1"
  printf '  %s\n' "$2" >&2
  exit 4
}

node_hint='Install Node 20.19 or newer, with npm (https://nodejs.org/en/download), then type the same again.'
require_node() {
  version=$(node --version 2>/dev/null) || refuse 'Node is not on this host, or does not start.' "$node_hint"
  major=${version#v}
  minor=${major#*.}
  major=${major%%.*}
  minor=${minor%%.*}
  if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 19 ]; }; then
    refuse "Node $version is too old: 20.19 or newer is needed." "$node_hint"
  fi
}

is_installed() { [ -f "$root/node_modules/.package-lock.json" ] && cmp -s "$root/package-lock.json" "$root/node_modules/.build-spark-installed"; }

# npm puts a package-lock.json into no package, whatever else lies beside it.
is_checkout() { [ -f "$root/package-lock.json" ] && [ -d "$root/src" ]; }

is_current() {
  [ -f "$main" ] && [ -f "$root/lib/.built" ] && [ -f "$root/node_modules/.package-lock.json" ] || return 1
  newer=$(find "$root/src" "$root/package-lock.json" "$root/tsconfig.json" "$root/tsconfig.build.json" \
    "$root/rolldown.config.js" \
    -newer "$root/lib/.built" -print)
  [ -z "$newer" ]
}

is_running() { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; }

take_lock() {
  waited=0
  until ln -s "$$" "$lock" 2>/dev/null; do
    owner=$(readlink "$lock") || continue
    if ! is_running "$owner"; then
      # Renamed first: of several that find a dead owner, one wins; whoever took a live lock by mistake puts it back.
      mv "$lock" "$lock.$$" 2>/dev/null || continue
      [ "$(readlink "$lock.$$")" = "$owner" ] || ln -s "$(readlink "$lock.$$")" "$lock" 2>/dev/null || true
      rm -f "$lock.$$"
      continue
    fi
    [ "$waited" -gt 0 ] || say "waiting for process $owner, which compiles it …"
    [ "$waited" -lt 600 ] || refuse "Process $owner has been compiling it for ten minutes." "If it hangs: kill $owner; rm $lock"
    sleep 1
    waited=$((waited + 1))
  done
}

compile() {
  umask 022 # others may run what was compiled here
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  take_lock
  trap 'rm -f "$lock" "${log:-}" "$root/lib/.built.new"' EXIT
  log=$(mktemp "${TMPDIR:-/tmp}/build-spark-compile.XXXXXX") ||
    refuse "No file can be made in ${TMPDIR:-/tmp}." 'Make room there, or name another folder in TMPDIR; then type the same again.'
  is_current && return 0 # another copy did it while we waited
  if is_installed; then say 'compiling itself again, since its sources changed …'; else say 'compiling itself once (npm packages, TypeScript; about half a minute) …'; fi
  command -v npm >/dev/null || refuse 'npm is not on this host.' "$node_hint"
  cd "$root"
  # --include=dev: the compiler is needed also where NODE_ENV or npm's own settings leave it out. The others: `npm_config_global`
  # and the like are in the environment of whatever was started by another npm.
  if ! is_installed; then
    # An existing folder is brought up to date in place, because other copies may be running out of it.
    command=ci
    [ ! -f node_modules/.package-lock.json ] || command='install --no-save'
    # shellcheck disable=SC2086 # two words
    npm $command --include=dev --ignore-scripts --no-audit --no-fund --global=false --dry-run=false >"$log" 2>&1 ||
      fail_compile "npm could not install the packages that $tool is made of" \
        'Look at the network, npm config get registry, and the proxy; then type the same again.'
    cp package-lock.json node_modules/.build-spark-installed
  fi
  mkdir -p lib
  : >lib/.built.new # Before it compiles: what is edited meanwhile is newer than the stamp.
  npm run --silent --global=false --script-shell=sh build >"$log" 2>&1 ||
    fail_compile 'the compilation failed' "In $root: git status; a clean checkout compiles. rm -rf node_modules lib begins anew."
  mv lib/.built.new lib/.built
}

fail_compile() { # <what failed> <what to type>
  status=$?
  [ "$status" -lt 128 ] || exit "$status" # Ctrl-C, which reached npm too
  tail -n 40 "$log" >&2
  refuse "$1 (its output is above)." "$2"
}

launch() { # <the clone> <name of the tool> <its arguments>...
  root=$1
  tool=$2
  main=$root/lib/bundle/$tool.js
  shift 2
  # A symlink whose target is our process id: made whole or not at all, so that nobody sees a lock without an owner.
  lock=$root/.compiling
  require_node
  if ! is_checkout; then
    [ -f "$main" ] || refuse "The package in $root is not whole: $main is not there." 'Install it again.'
  elif ! is_current; then
    if [ -w "$root" ]; then
      set +e # in `(compile) ||` the shell would ignore its failures
      (
        set -e
        compile
      )
      status=$?
      set -e
      [ "$status" -eq 0 ] || exit "$status"
    elif [ ! -f "$main" ]; then
      refuse "It was never compiled, and you cannot write to $root." "Let its owner type once: $root/bin/$tool --version"
    fi
  fi
  # MiB of memory for what lives shortly: as fast as with node's 16, and takes 10 MiB less while a log goes by.
  exec node --max-semi-space-size=2 "$main" "$@"
}
