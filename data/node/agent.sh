#!/bin/sh
# shellcheck disable=SC2317 # Most functions are called through `each`.
# Runs on the node, as root: replaces files all together or not at all, keeps what it replaced, and can put it back.
# Knows nothing of Spark. Everything it decides is on disk before it acts, so that a killed one is finished by the next.
#
#   agent.sh apply   STATE STAGING   does what STAGING/plan says, and keeps a record under STATE
#   agent.sh undo    STATE           puts back what the newest record replaced, byte for byte
#   agent.sh recover STATE           finishes or undoes what a killed one left; the other commands do that first, too
#   agent.sh check   STATE SUM       changes nothing. Exit 0: a plan of that sha256 was done, and all is as it left it;
#                                    3: something else, or nothing, was; 4: something was cut off; 1: it was changed since
#
# A plan has one line a thing, fields separated by tabs, paths absolute:
#   folder  -     -       NAME-IN-STAGING  PATH     a folder that is new; one that is there already stays
#   file    MODE  SHA256  NAME-IN-STAGING  PATH     a file of root
#   link    -     -       TARGET           PATH     a symbolic link
#   absent  -     -       -                PATH     a file or a link that has to go, if it is there
#   empty   MODE  -       OWNER            PATH     a folder for what comes later; goes again only when it is empty
#   run     -     -       -                COMMAND  one of the few words below, afterwards
# A record: STATE/records/<number>/ with plan, old/<line of the plan>, made (folders), and state: none yet, switching,
# done, laying-old, undoing. Until `switching` nothing was replaced; from then on it goes forward.
set -eu
umask 022
export LC_ALL=C

command=${1:?} state=${2:?} staging=${3:-}
records=$state/records
tab=$(printf '\t')
suffix=.build-spark-new

fail() {
  echo "$*" >&2
  exit 1
}
# Old versions of sync know no arguments, and then write everything.
settle() { sync "$@" 2>/dev/null || sync; }
put() { # file, text: whole or not at all
  printf '%s\n' "$2" >"$1$suffix"
  settle "$1$suffix"
  mv -f -T "$1$suffix" "$1"
}
sum_of() { sha256sum <"$1" | cut -d' ' -f1; }
# Whether a folder is as its own lists of checksums say.
is_whole() {
  for list in "$1/SHA256SUMS" "$1/INSTALLED.sha256"; do
    if [ -f "$list" ] && ! (cd "$1" && sha256sum -c --status "$list"); then return 1; fi
  done
}
own() { if [ "$(id -u)" = 0 ]; then chown -h root:root "$@"; fi; }
newest() { find "$records" -mindepth 1 -maxdepth 1 -name '[0-9][0-9][0-9][0-9]' 2>/dev/null | sort | tail -n 1; }

# Calls a function with the number and the fields of each line of a plan.
each() { # function, record
  number=0
  while IFS=$tab read -r kind mode sum source path <&3; do
    number=$((number + 1))
    "$1" "$2"
  done 3<"$2/plan"
}

# --- One line each: $number $kind $mode $sum $source $path are set.
check_staged() {
  if [ "$kind" = folder ] && ! is_whole "$staging/$source"; then fail "What was sent for $path is incomplete."; fi
  if [ "$kind" = file ] && [ "$(sum_of "$staging/$source")" != "$sum" ]; then
    fail "What was sent for $path is incomplete."
  fi
}
keep_old() {
  case $kind in file | link | absent) ;; *) return 0 ;; esac
  if [ -e "$path" ] || [ -L "$path" ]; then
    [ ! -d "$path" ] || [ -L "$path" ] || fail "$path is a folder."
    cp -a "$path" "$1/old/$number"
  fi
}
lay_beside() {
  folder=$(dirname "$path")
  case $kind in
    folder)
      if [ ! -d "$path" ]; then
        mkdir -p "$folder"
        own -R "$staging/$source"
        echo "$path" >>"$1/made" # First, so that it is found whenever we are killed.
        mv -T "$staging/$source" "$path"
      elif ! is_whole "$path"; then
        fail "$path was changed since it was installed: move it away, or restore it."
      fi
      ;;
    file)
      if [ ! -d "$folder" ]; then mkdir -p "$folder"; fi
      # As in the original recipe: install -o root -g root -m MODE.
      if [ "$(id -u)" = 0 ]; then
        install -o root -g root -m "$mode" "$staging/$source" "$path$suffix"
      else
        install -m "$mode" "$staging/$source" "$path$suffix"
      fi
      settle "$path$suffix"
      ;;
    empty)
      if [ ! -d "$path" ]; then
        mkdir -p "$path"
        if [ "$(id -u)" = 0 ]; then chown "$source:" "$path"; fi
        chmod "$mode" "$path"
        echo "$path" >>"$1/empty"
      fi
      ;;
    link)
      rm -f "$path$suffix"
      ln -s "$source" "$path$suffix"
      own "$path$suffix"
      ;;
  esac
}
switch() {
  if [ "$kind" = absent ]; then rm -f "$path"; fi
  case $kind in file | link) ;; *) return 0 ;; esac
  if [ -e "$path$suffix" ] || [ -L "$path$suffix" ]; then mv -f -T "$path$suffix" "$path"; fi
}
look() { # prints what is not as the plan says
  case $kind in
    folder)
      if [ ! -d "$path" ]; then
        echo "$path is gone"
      elif ! is_whole "$path"; then
        echo "$path was changed"
      fi
      ;;
    file)
      if [ ! -f "$path" ] || [ -L "$path" ]; then
        echo "$path is gone"
      elif [ "$(sum_of "$path")" != "$sum" ]; then
        echo "$path was changed"
      elif [ "$(stat -c %a "$path")" != "$mode" ]; then
        echo "$path has another mode"
      fi
      ;;
    link) [ "$(readlink "$path")" = "$source" ] || echo "$path was changed" ;;
    absent) if [ -e "$path" ] || [ -L "$path" ]; then echo "$path is there again"; fi ;;
  esac
}
remove_beside() {
  case $kind in file | link | absent) rm -f "$path$suffix" ;; esac
}
lay_old_beside() {
  case $kind in file | link | absent) ;; *) return 0 ;; esac
  rm -f "$path$suffix"
  if [ -e "$1/old/$number" ] || [ -L "$1/old/$number" ]; then
    if [ ! -d "$(dirname "$path")" ]; then fail "The folder of $path is gone."; fi
    cp -a "$1/old/$number" "$path$suffix"
    if [ ! -L "$path$suffix" ]; then settle "$path$suffix"; fi
  fi
}
switch_back() {
  case $kind in file | link | absent) ;; *) return 0 ;; esac
  if [ -e "$path$suffix" ] || [ -L "$path$suffix" ]; then
    mv -f -T "$path$suffix" "$path"
  elif [ ! -e "$1/old/$number" ] && [ ! -L "$1/old/$number" ]; then
    rm -f "$path"
  fi
}
settle_folder() {
  case $kind in file | link | absent) if [ -d "$(dirname "$path")" ]; then settle "$(dirname "$path")"; fi ;; esac
}
run_after() {
  [ "$kind" = run ] || return 0
  case $path in
    daemon-reload) if [ -d /run/systemd/system ]; then systemctl daemon-reload || echo 'systemctl daemon-reload failed.'; fi ;;
    *) fail "The plan names an unknown command: $path" ;;
  esac
}

# --- What has begun is finished, or undone.
finish_switch() {
  each switch "$1"
  each settle_folder "$1"
  each run_after "$1"
  put "$1/state" "done"
}
remove_made() {
  if [ -f "$1/made" ]; then
    while IFS= read -r folder <&4; do rm -rf "$folder"; done 4<"$1/made"
  fi
  if [ -f "$1/empty" ]; then
    while IFS= read -r folder <&4; do rmdir "$folder" 2>/dev/null || true; done 4<"$1/empty"
  fi
}
drop_record() {
  rm -rf "$1.gone"
  mv -T "$1" "$1.gone"
  rm -rf "$1.gone"
}
take_back() {
  if [ -f "$1/plan" ]; then each remove_beside "$1"; fi
  remove_made "$1"
  drop_record "$1"
}
finish_undo() {
  each switch_back "$1"
  each settle_folder "$1"
  each run_after "$1"
  remove_made "$1"
  drop_record "$1"
}
recover() {
  rm -rf "$records"/*.gone
  find "$state" -maxdepth 1 -name 'log.*' -mmin +60 -delete
  record=$(newest)
  [ -n "$record" ] || return 0
  case $(cat "$record/state" 2>/dev/null) in
    done) ;;
    laying-old)
      each remove_beside "$record"
      put "$record/state" "done"
      ;;
    switching)
      finish_switch "$record"
      echo 'An install that was cut off was finished.'
      ;;
    undoing)
      finish_undo "$record"
      echo 'A rollback that was cut off was finished.'
      ;;
    *)
      take_back "$record"
      echo 'An install that was cut off was taken back.'
      ;;
  esac
}

apply() {
  [ -f "$staging/plan" ] || fail "There is no plan in $staging."
  each check_staged "$staging"
  record=$(newest)
  record=$records/$(printf '%04d' $((1$(basename "${record:-0000}") - 10000 + 1)))
  mkdir -p "$record/old"
  cp "$staging/plan" "$record/plan"
  each keep_old "$record"
  each lay_beside "$record"
  settle "$record/plan"
  put "$record/state" switching
  finish_switch "$record"
  changed=$(each look "$record")
  if [ -n "$changed" ]; then
    put_back "$record"
    fail "Taken back, because after the switch this was wrong:
$changed"
  fi
  rm -rf "$staging"
}
put_back() {
  put "$1/state" laying-old
  each lay_old_beside "$1"
  put "$1/state" undoing
  finish_undo "$1"
}
undo() {
  record=$(newest)
  [ -n "$record" ] || fail 'Nothing was installed, so there is nothing to take back.'
  changed=$(each look "$record")
  if [ -n "$changed" ]; then
    fail "Not taken back, since somebody else has changed it:
$changed"
  fi
  put_back "$record"
}

work() {
  exec 9>"$state/lock"
  flock -w 120 9 || fail 'Another install holds the lock on this node.'
  recover
  case $command in
    apply) apply ;;
    undo) undo ;;
    recover) ;;
    *) fail "Unknown command: $command" ;;
  esac
}

check() {
  record=$(newest)
  [ -n "$record" ] || return 3
  [ "$(cat "$record/state" 2>/dev/null)" = "done" ] || return 4
  [ "$(sum_of "$record/plan")" = "$1" ] || return 3
  changed=$(each look "$record")
  [ -z "$changed" ] || fail "$changed"
}

if [ "$command" = check ]; then
  check "$staging"
  exit 0
fi
mkdir -p "$records"
if [ "${BUILD_SPARK_DETACHED:-}" = yes ]; then
  # Not in an `if` or before `||`, where -e would have no effect.
  (work)
  exit 0
fi
# In a session of its own, with its output in a file: it goes on to the end even if the connection is lost.
log=$(mktemp "$state/log.XXXXXX")
trap 'rm -f "$log"' EXIT
code=0
BUILD_SPARK_DETACHED=yes setsid sh "$0" "$@" </dev/null >"$log" 2>&1 &
wait $! || code=$?
if [ "$code" != 0 ] && { [ "$command" = apply ] || [ "$command" = undo ]; }; then
  BUILD_SPARK_DETACHED=yes setsid sh "$0" recover "$state" </dev/null >>"$log" 2>&1 &
  wait $! || true
fi
cat "$log"
exit "$code"
