#!/bin/bash
# Root file systems of lxc machines, made of layers: the box, unpacked once; what provisioning added to it, kept once; and
# a layer for each machine. Runs as root on the host; knows no build and no Vagrant.
#
#   seed <id> <base> <box name> <rootfs.tar.gz> <golden|-> <home|->  unpacks the base when it is not there, then makes the
#        machine's own layer. <home>: a folder whose content its user is to have at home; it is moved into a layer below the
#        machine's own, or copied from another file system. stdin: the machine's public key. Prints `golden`, `guest`, `home`,
#        `key`, `options`, `rootfs` lines, or `none<TAB>reason`; without `home` that folder is as it was.
#   keys <id>                     the machine's public ssh host keys
#   pack <id> <golden> <box name> keeps what the machine added as a layer for others. stdin: texts it must not hold
#   drop <id>                     deletes what a stopped machine wrote, with several processes: LXC uses one, which waits for the disk
#   sweep                         deletes what killed copies of this script left
#   list                          <key><TAB>kind<TAB>box<TAB>bytes<TAB>base it lies on<TAB>used, seconds<TAB>machines that use it, by comma
#   remove <key>                  prints `removed` or `busy`
#
# A machine's own layer is `delta` in its LXC folder, so that whoever destroys the machine destroys it; LXC mounts it in the
# container's mount namespace, so that no mount outlives the machine. `layers` beside it names those that it uses.
# Exit codes: 0, 1 something failed, 2 wrong arguments.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
umask 022

# The variables are for tests; sudo does not pass them on.
readonly STORE=${BUILD_SPARK_LAYERS:-/var/cache/build-spark/layers} LXC=${BUILD_SPARK_LXC:-/var/lib/lxc}
readonly LIMIT_KIB=$((4 * 1024 * 1024)) SPARE_KIB=$((2 * 1024 * 1024))

# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/layers-machine.sh"
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/private-paths.sh"

fail() {
  printf 'layers: error: %s\n' "$*" >&2
  exit 1
}
check_key() { [[ $1 =~ ^(base|golden)-[0-9a-f]{16}$ ]] || { printf 'layers: not a key: %s\n' "$1" >&2; exit 2; }; }
check_id() { [[ $1 =~ ^build-spark-[a-z0-9.-]{1,48}$ ]] || { printf 'layers: not a machine of build-spark: %s\n' "$1" >&2; exit 2; }; }

open_store() {
  install -d -m 755 "${STORE%/*}"
  install -d -m 700 "$STORE" # holds setuid programs: nobody but root may come near them
}
# Held by whoever decides that a layer is used or deleted; the kernel releases it when the process ends.
lock() { # exclusive|shared
  exec 9>"$STORE/lock"
  flock "--$1" 9
}
unlock() { exec 9>&-; }

discard() { # <key>: renamed first; no process has the id 0, so if this one is killed, the next sweep goes on
  mv -T "$STORE/$1" "$STORE/.new-0-$$-$1"
}
# Nothing is synced, since that would wait for everything that others write. So a layer from an earlier boot counts only if
# it was seen two minutes after it was made, by when the kernel had written it.
is_sound() { # <key>
  local folder=$STORE/$1
  [ -d "$folder" ] || return 1
  [ ! -e "$folder/settled" ] || return 0
  [ "$(cat "$folder/boot" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
  if [ $(($(date +%s) - $(stat -c %Y "$folder/boot"))) -gt 120 ]; then : >"$folder/settled"; fi
}
new_folder() { mktemp -d "$STORE/.new-$$-XXXXXX"; }
sweep() {
  local folder pid
  for folder in "$STORE"/.new-*; do
    [ -d "$folder" ] || continue
    pid=${folder##*/.new-} pid=${pid%%-*}
    if [ ! -d "/proc/$pid" ] && is_free_of_mounts "$folder"; then rm -rf --one-file-system "$folder"; fi
  done
}
describe() { # <folder> <kind> <box name> <base it lies on|->
  printf '%s\t%s\t%s\t%s\n' "$2" "$3" "$(($(du -sk --one-file-system "$1/rootfs" | cut -f 1) * 1024))" "$4" >"$1/about"
  cp /proc/sys/kernel/random/boot_id "$1/boot"
  : >"$1/used"
}
free_kib() { df --output=avail -k "$1" | tail -n 1; }

unpack() { # <base> <box name> <tarball>
  local new
  [ "$(free_kib "$STORE")" -gt "$SPARE_KIB" ] || return 1
  new=$(new_folder)
  mkdir "$new/rootfs"
  # As vagrant-lxc unpacks it: the archive holds ./rootfs/….
  if tar -xzf "$3" --strip-components=2 --numeric-owner --xattrs '--xattrs-include=*' -C "$new/rootfs" 9>&- && [ -d "$new/rootfs/etc" ]; then
    describe "$new" base "$2" -
    mv -T "$new" "$STORE/$1"
  else
    rm -rf --one-file-system "$new"
    return 1
  fi
}

seed() { # <id> <base> <box name> <tarball> <golden|-> <home|->
  check_id "$1" && check_key "$2"
  [ "$5" = - ] || check_key "$5"
  local machine=$LXC/$1 key path from options layers=("$STORE/$2/rootfs")
  key=$(cat)
  [ "$(type -t unshare)" = file ] || { printf 'none\tthis host has no unshare\n'; return; }
  open_store
  lock shared
  if ! is_sound "$2"; then
    unlock
    lock exclusive
    sweep
    if [ -d "$STORE/$2" ] && ! is_sound "$2" && [ -z "$(users_of "$2")" ]; then discard "$2"; fi
    [ -d "$STORE/$2" ] || unpack "$2" "$3" "$4" || { printf 'none\tthe box could not be unpacked in %s\n' "$STORE"; return; }
  fi
  mkdir -p "$machine"
  chmod 770 "$machine" # as lxc-create makes it
  if ! options=$(find_overlay "$machine" "$STORE/$2/rootfs"); then
    rmdir "$machine" 2>/dev/null || true
    printf 'none\tthis kernel, or the file system of %s, has no overlayfs\n' "$LXC"
    return
  fi
  : >"$STORE/$2/used"
  if [ "$5" != - ] && is_sound "$5"; then
    : >"$STORE/$5/used"
    layers=("$STORE/$5/rootfs" "${layers[@]}")
    printf 'golden\t%s\n' "$5"
  fi
  printf '%s\n' "${layers[@]}" >"$machine/layers" # from here on they are in use
  unlock
  mkdir -p "$machine/delta"
  chown --reference="$STORE/$2/rootfs" "$machine/delta"
  chmod --reference="$STORE/$2/rootfs" "$machine/delta"
  path=$(realpath -e "$STORE/$2/rootfs/etc/os-release" 2>/dev/null) || path=''
  if [[ $path == "$(realpath "$STORE")"/* && -f $path ]] && grep -qsx 'ID=\(debian\|ubuntu\)' "$path"; then
    printf 'guest\t%s\n' "$(sed -n 's/^ID=//p' "$path")"
  fi
  # The machine's own key in place of the box's, which the world knows.
  if from=$(find_in home/vagrant/.ssh/authorized_keys "${layers[@]}") && [ -f "$from" ] && [ ! -L "$from" ]; then
    for path in home home/vagrant home/vagrant/.ssh; do copy_folder "$path" "$machine/delta" "${layers[@]}"; done
    printf '%s\n' "$key" >"$machine/delta/$path/authorized_keys"
    chown --reference="$from" "$machine/delta/$path/authorized_keys"
    chmod 600 "$machine/delta/$path/authorized_keys"
    printf 'key\tseeded\n'
  fi
  if [ "$6" != - ] && give_home "$6" "$machine/given" "${layers[@]}"; then
    layers=("$machine/given" "${layers[@]}")
    printf 'home\tgiven\n'
  fi
  local joined
  joined=$(IFS=:; printf '%s' "${layers[*]}")
  printf 'options\t%s\n' "$options"
  printf 'rootfs\toverlay:%s:%s/delta\n' "$joined" "$machine"
}

keys() { # <id>
  check_id "$1"
  local machine=$LXC/$1 type layer layers=()
  if [ -f "$machine/layers" ]; then mapfile -t layers <"$machine/layers"; fi
  for type in ed25519 ecdsa rsa; do
    for layer in "$machine/delta" "${layers[@]}" "$machine/rootfs"; do
      if print_plain "$layer" etc/ssh "ssh_host_${type}_key.pub"; then break; fi
    done
  done
}

# Where packages install setuid programs; there are none anywhere else.
readonly PROGRAMS=(bin sbin 'lib*' usr opt)

# By find, which does not go through a link: a machine could have made /tmp one. Of the user's home the folder `.m2` alone
# stays, empty: the source lies there while Puppet runs.
clean() { # <root file system>
  local pattern private=() programs=()
  # shellcheck disable=SC2153 # of private-paths.sh
  for pattern in "${PRIVATE[@]}"; do private+=(-o -path "./$pattern"); done
  for pattern in "${PROGRAMS[@]}"; do programs+=(! -path "./$pattern/*"); done
  cd "$1"
  find . -xdev '(' -path './home/*/*' ! '(' -path './home/*/.m2' -type d ')' "${private[@]}" ')' -prune -exec rm -rf --one-file-system -- {} +
  find . -xdev '(' -type p -o -type s -o -type b ')' -delete
  # Character device 0:0 is how overlayfs notes what was deleted.
  find . -xdev -type c -exec sh -c 'for file; do [ "$(stat -c %t:%T "$file")" = 0:0 ] || rm -f -- "$file"; done' sh {} +
  find . -xdev -type f "${programs[@]}" -perm /7000 -exec chmod ug-s,o-t {} +
}

pack() { # <id> <golden> <box name>
  check_id "$1" && check_key "$2"
  local machine=$LXC/$1 new secrets size
  secrets=$(cat)
  open_store
  exec 8>"$STORE/pack.lock"
  flock --nonblock 8 || { printf 'busy\n'; return; } # another build is packing; the next one does the rest
  if is_sound "$2"; then
    printf 'there\n'
    return
  fi
  [ -d "$machine/delta" ] || fail "$1 has no layer of its own"
  size=$(du -sk --one-file-system "$machine/delta" | cut -f 1)
  [ "$size" -le "$LIMIT_KIB" ] || fail "it is too large: $((size / 1024)) MiB"
  [ "$(free_kib "$STORE")" -gt $((SPARE_KIB + size)) ] || fail "too little space is free in $STORE"
  new=$(new_folder)
  # shellcheck disable=SC2064 # this folder is meant
  trap "rm -rf --one-file-system '$new'" EXIT
  cp -a --reflink=auto "$machine/delta" "$new/rootfs"
  (clean "$new/rootfs")
  if [ -n "$secrets" ] && grep -rqaF --devices=skip -f <(printf '%s\n' "$secrets") "$new/rootfs"; then
    fail 'it holds a proxy address or Maven settings of this build'
  fi
  describe "$new" golden "$3" "$(tail -n 1 "$machine/layers" | xargs dirname | xargs basename)"
  lock exclusive
  if [ -d "$STORE/$2" ]; then discard "$2"; fi
  mv -T "$new" "$STORE/$2"
  unlock
  printf 'packed\t%s\n' "$(cut -f 3 "$STORE/$2/about")"
}

drop() { # <id>
  check_id "$1"
  local machine=$LXC/$1 trash name
  if [ ! -d "$machine/delta" ] || [ ! -d "$STORE" ] || [ "$(stat -c %d "$machine/delta")" != "$(stat -c %d "$STORE")" ]; then return; fi
  if lxc-info -n "$1" -s 2>/dev/null | grep -q RUNNING; then return; fi
  is_free_of_mounts "$machine"
  trash=$(new_folder) # if we are killed, the next sweep deletes it
  for name in delta given; do
    if [ -d "$machine/$name" ]; then mv -T "$machine/$name" "$trash/$name"; fi
  done
  mkdir "$machine/delta" # LXC looks for it
  find "$trash" -mindepth 6 -maxdepth 6 -print0 | xargs -0 -r -n 64 -P 4 rm -rf --one-file-system --
  rm -rf --one-file-system "$trash"
}

users_of() { # <key>
  local file
  for file in "$LXC"/*/layers; do
    if [ -f "$file" ] && grep -qFx "$STORE/$1/rootfs" "$file"; then
      file=${file%/layers}
      printf '%s,' "${file##*/}"
    fi
  done
}

list() {
  local folder kind box bytes parent
  for folder in "$STORE"/base-* "$STORE"/golden-*; do
    [ -f "$folder/about" ] || continue
    IFS=$'\t' read -r kind box bytes parent <"$folder/about"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${folder##*/}" "$kind" "$box" "$bytes" "${parent:--}" "$(stat -c %Y "$folder/used")" "$(users_of "${folder##*/}" | sed 's/,$//')"
  done
}

remove() { # <key>
  check_key "$1"
  [ -d "$STORE/$1" ] || { printf 'removed\n'; return; }
  lock exclusive
  if [ -n "$(users_of "$1")" ]; then
    printf 'busy\n'
    return
  fi
  is_free_of_mounts "$STORE/$1"
  discard "$1"
  unlock
  sweep
  printf 'removed\n'
}

case ${1:-}:$# in
  seed:7 | keys:2 | pack:4 | remove:2 | list:1) "$@" ;;
  drop:2) drop "$2" ;;
  sweep:1) [ ! -d "$STORE" ] || sweep ;;
  *) printf 'layers: see the head of this file\n' >&2; exit 2 ;;
esac
