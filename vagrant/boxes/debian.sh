#!/usr/bin/env bash
# Builds the box `build-spark/debian-13` for vagrant-lxc: Debian 13 with JDK 8, Maven, Puppet. Knows nothing of builds or machines.
#
# usage: debian.sh --output <dir> --cache <dir> [--mirror <url>] [--public-key <file>]
#
# Writes <output>/debian.box and then <output>/debian.json {name, provider, builtAt, sha256, size, suite, architecture,
# packages}, each by rename: a box whose sha256 is not the one in debian.json is an unfinished pair.
# <cache>/jdk8/<architecture>/ keeps the JDK's two packages with SHA256SUMS, because Debian unstable, where they come
# from, drops a version on the day the next one arrives.
#
# stdout: one line per phase, `phase<TAB>name<TAB>detail`, and finally `done<TAB>path`. stderr: `error: …` and `hint: …`.
# Exit codes: 0 done, 1 the build failed, 2 wrong arguments, 4 the host is not ready, 129/130/143 by signal.
set -euo pipefail

readonly SUITE=trixie BOX_NAME=build-spark/debian-13
readonly JDK_PACKAGES=(openjdk-8-jre-headless openjdk-8-jdk-headless)
# puppet-agent runs the manifests; rsync carries files both ways; ifupdown and isc-dhcp-client come up a few seconds
# sooner than dhcpcd, which probes for address conflicts first; the standalone tools keep systemd itself out.
readonly PACKAGES=(sysvinit-core systemd-standalone-sysusers systemd-standalone-tmpfiles ifupdown isc-dhcp-client iproute2 openssh-server sudo rsync git patch ca-certificates
  puppet-agent procps curl xz-utils bzip2 unzip)
# The root folder, its archive and the box lie side by side for a moment (measured: 1.3 GiB).
readonly NEEDED_KIB=$((2 * 1024 * 1024))

fail() { # <exit code> <message> <hint>
  printf 'error: %s\nhint: %s\n' "$2" "$3" >&2
  exit "$1"
}
phase() { printf 'phase\t%s\t%s\n' "$1" "$2"; }

output='' cache='' mirror='' public_key=''
while [ $# -gt 0 ]; do
  case $1 in
    --output | --cache | --mirror | --public-key)
      [ -n "${2:-}" ] || fail 2 "$1 needs a value" 'see the head of this file for the usage'
      case $1 in
        --output) output=$2 ;;
        --cache) cache=$2 ;;
        --mirror) mirror=${2%/} ;;
        --public-key) public_key=$2 ;;
      esac
      shift 2
      ;;
    *) fail 2 "unknown argument: $1" 'usage: debian.sh --output <dir> --cache <dir> [--mirror <url>] [--public-key <file>]' ;;
  esac
done
if [ -z "$output" ] || [ -z "$cache" ]; then fail 2 '--output and --cache are needed' 'usage: debian.sh --output <dir> --cache <dir> [--mirror <url>]'; fi
case $mirror in '' | http://?* | https://?*) ;; *) fail 2 "not an http or https address: $mirror" 'give --mirror as http://<host>/<path>' ;; esac

# What Debian's own sources of this host name as the archive. deb822 files, then one-line files.
host_mirror() {
  local id codename
  # shellcheck source=/dev/null
  id=$(. /etc/os-release && printf '%s' "${ID:-}")
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  [ "$id" = debian ] || fail 4 "this host runs ${id:-an unknown system}, not Debian, so its apt sources do not name Debian's archive" \
    'give the address of a Debian archive with --mirror <url>'
  local uri list
  # A stanza is one record; continuation lines are joined to their field.
  uri=$(
    shopt -s nullglob
    for list in /etc/apt/sources.list.d/*.sources; do
      awk -v codename="$codename" '
        function has(text, word) { return index(" " text " ", " " word " ") > 0 }
        function flush(   n, uris, i) {
          if (has(f["types"], "deb") && f["enabled"] !~ /^(no|false)$/ && has(f["components"], "main") &&
              (has(f["suites"], codename) || f["suites"] ~ /(^| )(oldstable|stable|testing|unstable|sid)( |$)/)) {
            n = split(f["uris"], uris, " "); for (i = 1; i <= n; i++) print uris[i]
          }
          delete f
        }
        /^[ \t]*#/ { next }
        /^[ \t]*$/ { flush(); next }
        /^[ \t]/ { sub(/^[ \t]+/, ""); f[key] = f[key] " " $0; next }
        { key = tolower(substr($0, 1, index($0, ":") - 1)); value = substr($0, index($0, ":") + 1); gsub(/^[ \t]+|[ \t]+$/, "", value); f[key] = value }
        END { flush() }' "$list"
    done
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ -f "$list" ] || continue
      awk -v codename="$codename" '
        $1 == "deb" { sub(/\[[^]]*\]/, ""); if (($3 == codename || $3 ~ /^(oldstable|stable|testing|unstable|sid)$/) && / main( |$)/) print $2 }' "$list"
    done
  )
  local candidate
  for candidate in $uri; do
    case $candidate in
      http://* | https://*) printf '%s' "${candidate%/}"; return ;;
      mirror+file:/*) # Debian's cloud images: the address is the first line of a file.
        candidate=$(awk '/^https?:/ { print $1; exit }' "/${candidate#mirror+file:/}" 2>/dev/null) || candidate=''
        [ -z "$candidate" ] || { printf '%s' "${candidate%/}"; return; }
        ;;
    esac
  done
  fail 4 "no http or https archive of Debian found in this host's apt sources" 'give its address with --mirror <url>'
}

architecture=$(dpkg --print-architecture 2>/dev/null) || fail 4 'dpkg is missing: this host is neither Debian nor derived from it' 'build the box on Debian or Ubuntu'
case $architecture in
  amd64 | arm64 | armhf | ppc64el | riscv64 | s390x) ;;
  *) fail 4 "Debian 13 with JDK 8 does not exist for the architecture $architecture" 'build on an amd64 or arm64 host, or give another box with --box' ;;
esac
for tool in debootstrap:debootstrap wget:wget gzip:gzip flock:util-linux; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${tool%:*}" >/dev/null || fail 4 "${tool%:*} is missing" "run: sudo apt-get install --yes ${tool#*:}"
done
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$KEYRING" ] || fail 4 "Debian's archive keys are missing ($KEYRING)" 'run: sudo apt-get install --yes debian-archive-keyring'
[ -n "$mirror" ] || mirror=$(host_mirror)

# Vagrant's own well-known public key: the first login uses it, and Vagrant then puts a fresh one in its place.
if [ -z "$public_key" ]; then
  for candidate in /usr/share/rubygems-integration/*/gems/vagrant-[0-9]*/keys/vagrant.pub \
    /opt/vagrant/embedded/gems/*/gems/vagrant-[0-9]*/keys/vagrant.pub /opt/vagrant/embedded/gems/gems/vagrant-[0-9]*/keys/vagrant.pub \
    /usr/share/ruby-vendor/keys/vagrant.pub /usr/share/vagrant/keys/vagrant.pub; do
    if [ -r "$candidate" ]; then public_key=$candidate; break; fi
  done
  [ -n "$public_key" ] || fail 4 "Vagrant's public key (keys/vagrant.pub) was not found" 'run: sudo apt-get install --yes vagrant, or name the file with --public-key'
fi
[ -r "$public_key" ] || fail 2 "cannot read $public_key" 'name a readable file with --public-key'

if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail 4 'building a box needs root (debootstrap, chroot), and sudo asks for a password' 'run sudo -v first, or run this as root'
  # sudo keeps neither proxies nor CA settings; an ordinary user cannot signal a root process, so the signal goes by sudo too.
  keep=()
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR; do
    [ -z "${!name:-}" ] || keep+=("$name=${!name}")
  done
  sudo -n env "${keep[@]}" "$BASH" "$(realpath "$0")" --output "$(realpath -m "$output")" --cache "$(realpath -m "$cache")" \
    --mirror "$mirror" --public-key "$(realpath "$public_key")" &
  child=$!
  for name in INT TERM HUP; do
    # shellcheck disable=SC2064 # the name and the id of now are meant
    trap "sudo -n kill -s $name $child 2>/dev/null" "$name"
  done
  status=0
  wait "$child" || status=$?
  while kill -0 "$child" 2>/dev/null || sudo -n kill -0 "$child" 2>/dev/null; do
    status=0
    wait "$child" || status=$?
  done
  exit "$status"
fi

# In a mount namespace of its own no mount outlives this process, not even after SIGKILL. The process id stays the same.
if [ -z "${BUILD_SPARK_BOX_UNSHARED:-}" ] && unshare --mount --propagation private true 2>/dev/null; then
  BUILD_SPARK_BOX_UNSHARED=1 exec unshare --mount --propagation private -- "$BASH" "$0" --output "$output" --cache "$cache" \
    --mirror "$mirror" --public-key "$public_key"
fi

export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
umask 022
mkdir -p "$output" "$cache/jdk8/$architecture" 2>/dev/null || fail 4 "cannot write $output or $cache" 'give directories which can be written, with --output and --cache'
output=$(realpath "$output") cache=$(realpath "$cache")

# Prints what is mounted below a folder, the innermost first.
mounts_below() { # <folder>
  local point
  while read -r _ _ _ _ point _; do
    printf -v point %b "$point" # a space is \040 there
    case $point in "$1"/*) printf '%s\n' "$point" ;; esac
  done </proc/self/mountinfo | sort -r
}

# Deletes a work folder but nothing mounted in it: every mount below is unmounted first, or nothing is deleted.
discard() { # <folder>
  local folder=$1 target
  [ -d "$folder" ] || return 0
  for _ in 1 2 3; do
    mounts_below "$folder" | while IFS= read -r target; do
      umount "$target" 2>/dev/null || umount --lazy "$target" 2>/dev/null || true
    done
  done
  if [ -n "$(mounts_below "$folder")" ]; then
    printf 'error: %s still has mounts in it and was left alone\nhint: unmount them, then delete the folder\n' "$folder" >&2
    return 1
  fi
  rm -rf --one-file-system "$folder"
}

# Children of a killed build go on for a while; each has the build's own folder in its command line or as its root.
end_orphans() { # <folder>
  local process
  for process in /proc/[0-9]*; do
    if [ "${process#/proc/}" != "$$" ] && { [[ $(readlink "$process/root" 2>/dev/null) == "$1"* ]] || tr '\0' '\n' <"$process/cmdline" | grep -qF "$1"; } 2>/dev/null; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
}
for stale in "$cache"/.debian-box.*; do # Left by a killed build: the folder's name has the id of the process that made it.
  pid=${stale##*/.debian-box.} pid=${pid%%.*}
  if [ -d "$stale" ] && [ ! -d "/proc/$pid" ]; then
    end_orphans "$stale"
    discard "$stale" || true
  fi
done
work=$(mktemp -d "$cache/.debian-box.$$.XXXXXX")
root=$work/rootfs log=$output/debian.log child=''
cleanup() {
  local status=$?
  trap '' INT TERM HUP
  if [ -n "$child" ]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 -- "-$child" 2>/dev/null || break; sleep 0.3; done
    kill -KILL -- "-$child" 2>/dev/null || true
  fi
  discard "$work" || true
  rm -f "$output/.debian.box.$$" "$output/.debian.json.$$"
  if [ -n "${SUDO_UID:-}" ]; then # The files belong to the user who asked for them, not to root.
    chown -Rh "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$cache/jdk8" 2>/dev/null || true
    for file in "$output/debian.box" "$output/debian.json" "$log"; do chown -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$file" 2>/dev/null || true; done
  fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$log"
set -m # Each long command is a process group of its own, so that a signal ends it with all its children.
try() { # <command>...: run with its output in the log, interruptible at any moment
  local status=0
  "$@" </dev/null >>"$log" 2>&1 &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}
run() { # <what> <command>...
  local what=$1
  shift
  try "$@" && return 0
  tail -n 15 "$log" >&2
  # Only what this command printed last tells the cause; the whole log may hold harmless warnings.
  if tail -n 40 "$log" | grep -qi 'no space left'; then fail 4 "$what failed: the disk is full" "free space in $cache (2 GiB are needed) and run it again"; fi
  if tail -n 40 "$log" | grep -qiE 'noexec or nodev'; then fail 4 "$what failed: $cache lies on a file system mounted noexec or nodev" 'give another directory with --cache'; fi
  if tail -n 40 "$log" | grep -qiE 'unable to connect|could not resolve|temporary failure|failed to fetch|couldn.t download|certificate'; then
    fail 4 "$what failed: $mirror could not be read to the end" 'look at the network, or name another archive with --mirror <url>, and run it again'
  fi
  fail 1 "$what failed; its output is in $log" 'read the last lines above; running it again does no harm'
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} "$@"; }
install_packages() { inside apt-get -q --yes --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root install "$@"; }

phase check "$mirror $architecture"
free_kib=$(df --output=avail -k "$cache" | tail -n 1)
[ "$free_kib" -ge "$NEEDED_KIB" ] || fail 4 "only $((free_kib / 1024)) MiB are free in $cache, $((NEEDED_KIB / 1024)) are needed" 'free some space, or give another directory with --cache'
if [ -z "${http_proxy:-}" ]; then # apt's own proxy is the one that is known to reach the archive
  eval "$(apt-config shell http_proxy Acquire::http::Proxy 2>/dev/null || true)"
  case ${http_proxy:-} in '' | DIRECT | false) unset http_proxy ;; *) export http_proxy ;; esac
fi
try wget --quiet --tries=2 --timeout=20 -O /dev/null "$mirror/dists/$SUITE/InRelease" ||
  fail 4 "$mirror does not answer, or has no Debian 13 ($SUITE)" 'look at the network and the proxy, or name another archive with --mirror <url>'

phase debootstrap "$SUITE minbase"
script=()
[ -e "/usr/share/debootstrap/scripts/$SUITE" ] || script=(/usr/share/debootstrap/scripts/sid) # hosts older than the suite
run debootstrap debootstrap --variant=minbase --arch="$architecture" --keyring="$KEYRING" --include=ca-certificates "$SUITE" "$root" "$mirror" "${script[@]}"

phase packages "${#PACKAGES[@]} and what they need"
mount -t proc proc "$root/proc" # the JDK's postinst reads it
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no daemon starts in the chroot
chmod 755 "$root/usr/sbin/policy-rc.d"
rm -f "$root/etc/apt/sources.list"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$mirror" "$SUITE" "$KEYRING" >"$root/etc/apt/sources.list.d/debian.sources"
printf 'path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/info/*\npath-exclude=/usr/share/locale/*\nforce-unsafe-io\n' \
  >"$root/etc/dpkg/dpkg.cfg.d/build-spark" # nobody reads documentation there, and a machine that lives for minutes needs no fsync
printf 'APT::Install-Recommends "false";\nAcquire::Languages "none";\n' >"$root/etc/apt/apt.conf.d/90build-spark"
host_cas=()
if [ "${mirror#https}" != "$mirror" ]; then
  shopt -s nullglob
  host_cas=(/usr/local/share/ca-certificates/*.crt)
  shopt -u nullglob
  if [ ${#host_cas[@]} -gt 0 ]; then
    cp "${host_cas[@]}" "$root/usr/local/share/ca-certificates/"
    run 'trust of the host CAs' inside update-ca-certificates
  fi
fi
run 'apt-get update' inside apt-get -q update -o APT::Sandbox::User=root
run 'the installation of packages' install_packages "${PACKAGES[@]}"

store=$cache/jdk8/$architecture
exec 9>"$store/.lock"
flock 9
jdk_is_cached() {
  local package
  [ -s "$store/SHA256SUMS" ] && [ "$(wc -l <"$store/SHA256SUMS")" -eq "${#JDK_PACKAGES[@]}" ] &&
    (cd "$store" && sha256sum --check --strict --status SHA256SUMS) || return 1
  for package in "${JDK_PACKAGES[@]}"; do grep -q "  ${package}_" "$store/SHA256SUMS" || return 1; done
}
if jdk_is_cached 2>/dev/null; then
  phase jdk "from $store"
else
  phase jdk 'from Debian unstable'
  # The archive's Release file of unstable may be past its date on a slow mirror; its signature is checked all the same.
  printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nSigned-By: %s\nCheck-Valid-Until: no\n' "$mirror" "$KEYRING" >"$root/etc/apt/sources.list.d/sid.sources"
  run 'apt-get update for unstable' inside apt-get -q update -o APT::Sandbox::User=root
  inside apt-cache show "${JDK_PACKAGES[1]}" >/dev/null 2>&1 ||
    fail 4 "Debian unstable has no ${JDK_PACKAGES[1]} for $architecture" 'build on an amd64 or arm64 host, or give another box with --box'
  mkdir -p "$root/var/tmp/jdk8"
  run 'the download of JDK 8' inside sh -c 'cd /var/tmp/jdk8 && exec apt-get -q download -o APT::Sandbox::User=root "$@"' sh "${JDK_PACKAGES[@]/%//sid}"
  rm -f "$root/etc/apt/sources.list.d/sid.sources" "$store"/*.deb "$store/SHA256SUMS"
  mv "$root"/var/tmp/jdk8/*.deb "$store/"
  (cd "$store" && sha256sum -- *.deb >.SHA256SUMS.new && mv .SHA256SUMS.new SHA256SUMS)
  rmdir "$root/var/tmp/jdk8"
fi
mkdir "$root/var/tmp/jdk8"
cp "$store"/*.deb "$root/var/tmp/jdk8/"
exec 9>&-
run 'the installation of JDK 8' inside sh -c 'exec apt-get -q --yes --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root install /var/tmp/jdk8/*.deb'
run 'the installation of Maven' install_packages maven # last: any Java satisfies it, so it takes the one that is there
rm -rf "$root/var/tmp/jdk8"

phase configure vagrant
run 'the user vagrant' inside useradd --create-home --shell /bin/bash --password '*' vagrant
install -d -m 700 "$root/home/vagrant/.ssh"
install -m 600 "$public_key" "$root/home/vagrant/.ssh/authorized_keys"
run 'the key of vagrant' inside chown -R vagrant:vagrant /home/vagrant/.ssh
printf 'vagrant ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/vagrant"
chmod 440 "$root/etc/sudoers.d/vagrant"
printf 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n' >"$root/etc/network/interfaces"
printf 'UseDNS no\nPasswordAuthentication no\nHostKey /etc/ssh/ssh_host_ed25519_key\nHostKey /etc/ssh/ssh_host_ecdsa_key\n' >"$root/etc/ssh/sshd_config.d/build-spark.conf"
printf 'LANG=C.UTF-8\n' >"$root/etc/default/locale"
sed -i '/getty/d' "$root/etc/inittab" # there is no terminal
cat >"$root/etc/init.d/build-spark-identity" <<'INIT'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          build-spark-identity
# Required-Start:    $local_fs hostname
# Required-Stop:
# X-Start-Before:    ssh networking
# Default-Start:     S
# Default-Stop:
# Short-Description: Host keys of this machine alone, and its own name in /etc/hosts
### END INIT INFO
[ "$1" = start ] || exit 0
# Before sshd: so that whoever can read the root folder knows the key before the first login.
for type in ed25519 ecdsa; do
  key=/etc/ssh/ssh_host_${type}_key
  [ -s "$key.pub" ] || { rm -f "$key" "$key.pub"; ssh-keygen -q -t "$type" -N '' -C "$(hostname)" -f "$key"; }
done
# Java asks for the address of its own host name, which only the LXC configuration knows.
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 %s\n' "$(hostname)" >/etc/hosts
INIT
chmod 755 "$root/etc/init.d/build-spark-identity"
run 'the first-boot service' inside update-rc.d build-spark-identity defaults
for service in puppet cron hwclock.sh; do inside update-rc.d "$service" disable >>"$log" 2>&1 || true; done # nothing but sshd is wanted
if [ ${#host_cas[@]} -gt 0 ]; then # the box is not for one host alone: a machine gets its CAs when it is provisioned
  rm -f "$root"/usr/local/share/ca-certificates/*.crt
  run 'removal of the host CAs' inside update-ca-certificates --fresh
fi
# shellcheck disable=SC2016 # the fields are dpkg-query's
inside dpkg-query --show --showformat='${Package}\t${Version}\n' >"$work/packages"
inside java -version >"$work/java" 2>&1 || true
grep -q 'version "1\.8\.' "$work/java" || fail 1 'java in the box is not JDK 8' "read $log"
inside apt-get -q clean >>"$log" 2>&1
umount "$root/proc"
# Machines that start from this box must not inherit the host keys, names and resolver of the one it was built in.
rm -rf "$root"/etc/ssh/ssh_host_* "$root"/etc/hostname "$root"/etc/resolv.conf "$root"/usr/sbin/policy-rc.d "$root"/var/lib/apt/lists/* \
  "$root"/var/cache/apt/*.bin "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/var/log/*.log "$root"/var/log/apt/* "$root"/var/lib/dbus/machine-id \
  "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/tmp/* "$root"/run/* "${root:?}"/dev/*
# Files that nothing in the guest reads: `vagrant up` and `destroy` spend most of their time creating and deleting files.
rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/lintian "$root"/usr/share/bash-completion "$root"/usr/share/X11/locale \
  "$root"/usr/share/augeas/lenses "$root"/usr/lib/systemd/system/* "$root"/etc/systemd/system/*
mkdir "$root/usr/share/man/man1" # update-alternatives of a later package may want to put a link there
: >"$root/etc/machine-id"

phase pack "$(du -sm --one-file-system "$root" | cut -f 1) MiB"
printf '{"provider": "lxc", "version": "1.0.0"}\n' >"$work/metadata.json"
# Privileged and unconfined: no boundary against a hostile build (the README says so); AppArmor would deny the guest's mounts.
# cgroup: sysvinit does not mount it, and without it the JVM takes the host's memory for its own. SIGKILL: a machine that is
# to be stopped from outside holds nothing worth a minute of shutdown.
printf '%s\n' 'lxc.include = /usr/share/lxc/config/common.conf' "lxc.arch = $(uname -m)" 'lxc.apparmor.profile = unconfined' \
  'lxc.mount.auto = cgroup:ro:force' 'lxc.signal.halt = SIGKILL' >"$work/lxc-config"
pack() { tar --create --numeric-owner --one-file-system --xattrs --directory "$work" ./rootfs | gzip -1 >"$work/rootfs.tar.gz"; }
run 'packing of the root folder' pack
run 'packing of the box' tar --create --owner=0 --group=0 --file "$output/.debian.box.$$" --directory "$work" metadata.json lxc-config rootfs.tar.gz
sum=$(sha256sum "$output/.debian.box.$$" | cut -d ' ' -f 1)
{
  printf '{\n  "name": "%s",\n  "provider": "lxc",\n  "builtAt": "%s",\n  "sha256": "%s",\n  "size": %s,\n  "suite": "%s",\n  "architecture": "%s",\n  "packages": {\n' \
    "$BOX_NAME" "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" "$sum" "$(stat -c %s "$output/.debian.box.$$")" "$SUITE" "$architecture"
  awk -F '\t' 'NR > 1 { printf ",\n" } { printf "    \"%s\": \"%s\"", $1, $2 } END { printf "\n" }' "$work/packages"
  printf '  }\n}\n'
} >"$output/.debian.json.$$"
mv "$output/.debian.box.$$" "$output/debian.box"
mv "$output/.debian.json.$$" "$output/debian.json"
printf 'done\t%s\n' "$output/debian.box"
