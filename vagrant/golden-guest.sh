#!/bin/bash
# Makes a provisioned machine of libvirt fit to be copied, and its own again. Runs in the guest as root; its text is sent
# behind that of private-paths.sh. Knows no host.
#
#   clean    takes away what is the machine's own; what it needs to go on is set aside, in memory
#   restore  puts that back
#
# Between the two the machine's disk is as a new one's, but provisioned: it has no host keys, no machine id, no proxies, and
# takes the key that Vagrant logs in with at first.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
umask 077

readonly ASIDE=/dev/shm/build-spark-aside.tar FIRST_KEY=/usr/local/share/build-spark-first-key

clean() {
  local pattern path aside=() private=()
  [ -f "$FIRST_KEY" ] || { echo 'golden-guest: this box does not keep its first key' >&2; exit 78; }
  cd /
  shopt -s nullglob dotglob
  # Logs, caches and lists may go; without its names, keys and settings the machine would not go on.
  # shellcheck disable=SC2153 # It is of private-paths.sh.
  for pattern in "${PRIVATE[@]}" 'home/*/*'; do
    case $pattern in etc/* | home/* | root/*) ;; *) continue ;; esac
    for path in $pattern; do if [ -e "$path" ]; then aside+=("$path"); fi; done
  done
  tar --create --file "$ASIDE" "${aside[@]}"
  for pattern in "${PRIVATE[@]}"; do
    case $pattern in run/* | dev/* | etc/mtab) ;; *) private+=(-o -path "./$pattern") ;; esac
  done
  find . -xdev '(' -path './home/*/*' ! '(' -path './home/*/.m2' -type d ')' "${private[@]}" ')' -prune -exec rm -rf --one-file-system -- {} +
  : >/etc/machine-id
  printf 'build-spark\n' >/etc/hostname
  install -d -o vagrant -g vagrant -m 700 /home/vagrant/.ssh
  install -o vagrant -g vagrant -m 600 "$FIRST_KEY" /home/vagrant/.ssh/authorized_keys
  sync
}

restore() {
  [ -f "$ASIDE" ] || return 0 # nothing was taken away yet
  tar --extract --file "$ASIDE" --directory /
  rm "$ASIDE"
}

"$1"
