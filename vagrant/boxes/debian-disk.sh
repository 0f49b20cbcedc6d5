#!/usr/bin/env bash
# Makes a bootable disk of the Debian box of vagrant-lxc: adds Debian's kernel and a boot loader to its root folder, and
# packs it as a box of vagrant-libvirt (qcow2) or of VirtualBox (vmdk and ovf). Knows nothing of builds or machines.
#
# usage: debian-disk.sh --provider libvirt|virtualbox --from <debian.box of lxc> --output <dir> --cache <dir>
#
# Needs neither a loop device nor a mounted image: mke2fs takes the file system from a folder, and GRUB's two parts are
# written to the sectors before the partition. Writes <output>/debian.box, then <output>/debian.json, as debian.sh does.
#
# stdout: one line per phase, `phase<TAB>name<TAB>detail`, and finally `done<TAB>path`. stderr: `error: …` and `hint: …`.
# Exit codes: 0 done, 1 it failed, 2 wrong arguments, 4 the host is not ready, 129/130/143 by signal.
set -euo pipefail

readonly BOX_NAME=build-spark/debian-13
readonly USAGE='usage: debian-disk.sh --provider libvirt|virtualbox --from <debian.box of lxc> --output <dir> --cache <dir>'
ovf=$(dirname "$(realpath "$0")")/virtualbox.ovf
readonly ovf
# Of the guest; the file grows with what is written.
readonly DISK_GIB=40
readonly PARTITION_START=2048 # sectors of 512 bytes; GRUB lies before it
readonly NEEDED_KIB=$((4 * 1024 * 1024))
# What the kernel must have before it can read its own disk, and the network cards of QEMU and VirtualBox.
readonly MODULES=(virtio_pci virtio_blk virtio_net virtio_rng ahci sd_mod ext4 e1000)
# Of no use in a virtual machine: most of the kernel's 100 MiB.
readonly UNUSED_MODULES=(sound drivers/gpu drivers/media drivers/net/wireless drivers/net/ethernet/mellanox drivers/infiniband drivers/iio
  drivers/staging drivers/bluetooth drivers/isdn drivers/hwmon drivers/usb/gadget net/bluetooth net/wireless net/mac80211 fs/ocfs2 fs/gfs2 fs/ceph)

fail() { # <exit code> <message> <hint>
  printf 'error: %s\nhint: %s\n' "$2" "$3" >&2
  exit "$1"
}
phase() { printf 'phase\t%s\t%s\n' "$1" "$2"; }

provider='' from='' output='' cache=''
while [ $# -gt 0 ]; do
  case $1 in
    --provider | --from | --output | --cache)
      [ -n "${2:-}" ] || fail 2 "$1 needs a value" "$USAGE"
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) fail 2 "unknown argument: $1" "$USAGE" ;;
  esac
done
if [ -z "$from" ] || [ -z "$output" ] || [ -z "$cache" ]; then fail 2 '--from, --output and --cache are needed' "$USAGE"; fi
case $provider in libvirt | virtualbox) ;; *) fail 2 "not a provider with a disk: ${provider:-none}" "$USAGE" ;; esac
[ -r "$from" ] || fail 2 "cannot read $from" 'build the box of lxc first: build-spark box build'
for tool in qemu-img:qemu-utils sfdisk:fdisk mke2fs:e2fsprogs cpio:cpio unshare:util-linux; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${tool%:*}" >/dev/null || fail 4 "${tool%:*} is missing" "run: sudo apt-get install --yes ${tool#*:}"
done
# The root folder must be of the processor's own kind, and GRUB's parts for a BIOS exist for this one alone.
[ "$(uname -m)" = x86_64 ] || fail 4 "the disk can be made on amd64 alone, not on $(uname -m)" 'use --provider lxc here, or name a box of your own with --box'

if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail 4 'building a box needs root (chroot), and sudo asks for a password' 'run sudo -v first, or run this as root'
  # sudo keeps neither proxies nor CA settings; an ordinary user cannot signal a root process, so the signal goes by sudo too.
  keep=()
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR; do
    [ -z "${!name:-}" ] || keep+=("$name=${!name}")
  done
  sudo -n env "${keep[@]}" "$BASH" "$(realpath "$0")" --provider "$provider" --from "$(realpath "$from")" --output "$(realpath -m "$output")" --cache "$(realpath -m "$cache")" &
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

export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
umask 022
mkdir -p "$output" "$cache" 2>/dev/null || fail 4 "cannot write $output or $cache" 'give directories which can be written, with --output and --cache'
output=$(realpath "$output") cache=$(realpath "$cache") from=$(realpath "$from")

# In namespaces of its own no mount and no process outlives this script, not even after SIGKILL. What stays then is the
# work folder, whose name has the id of this process.
work=$cache/.debian-box.$$.disk
log=$output/debian.log
if [ -z "${BUILD_SPARK_BOX_UNSHARED:-}" ]; then
  for stale in "$cache"/.debian-box.*; do
    pid=${stale##*/.debian-box.} pid=${pid%%.*}
    if [ -d "$stale" ] && [ ! -d "/proc/$pid" ]; then rm -rf --one-file-system "$stale"; fi
  done
  mkdir -p "$work"
  child=''
  # shellcheck disable=SC2317 # it is reached, by the trap
  cleanup() {
    local status=$?
    trap '' INT TERM HUP
    if [ -n "$child" ]; then
      kill -KILL "$child" 2>/dev/null || true
      wait "$child" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$work"
    rm -f "$output/.debian.box.$$" "$output/.debian.json.$$"
    if [ -n "${SUDO_UID:-}" ]; then # The files belong to the user who asked for them, not to root.
      for file in "$output/debian.box" "$output/debian.json" "$log"; do chown -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$file" 2>/dev/null || true; done
    fi
    exit "$status"
  }
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  BUILD_SPARK_BOX_UNSHARED=$$ unshare --mount --propagation private --pid --fork --kill-child -- "$BASH" "$0" --provider "$provider" --from "$from" \
    --output "$output" --cache "$cache" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=''
  exit "$status"
fi
readonly ID=$BUILD_SPARK_BOX_UNSHARED
work=$cache/.debian-box.$ID.disk root=$work/rootfs
: >"$log"

run() { # <what> <command>...
  local what=$1 status
  shift
  set +e # in `if "$@"` bash would ignore all failures inside but the last
  (
    set -e
    "$@"
  ) </dev/null >>"$log" 2>&1
  status=$?
  set -e
  [ "$status" -ne 0 ] || return 0
  tail -n 15 "$log" >&2
  # Only what this command printed last tells the cause; the whole log may hold harmless warnings.
  if tail -n 40 "$log" | grep -qi 'no space left'; then fail 4 "$what failed: the disk is full" "free space in $cache (4 GiB are needed) and run it again"; fi
  if tail -n 40 "$log" | grep -qiE 'unable to connect|could not resolve|temporary failure|failed to fetch|certificate'; then
    fail 4 "$what failed: the archive that $from was made from could not be read to the end" 'look at the network, and run it again'
  fi
  fail 1 "$what failed; its output is in $log" 'read the last lines above; running it again does no harm'
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} "$@"; }
apt() { inside apt-get -q --yes --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root "$@"; }

phase check "$from"
free_kib=$(df --output=avail -k "$cache" | tail -n 1)
[ "$free_kib" -ge "$NEEDED_KIB" ] || fail 4 "only $((free_kib / 1024)) MiB are free in $cache, $((NEEDED_KIB / 1024)) are needed" 'free some space, or give another directory with --cache'
if [ -z "${http_proxy:-}" ]; then # apt's own proxy is the one that is known to reach the archive
  eval "$(apt-config shell http_proxy Acquire::http::Proxy 2>/dev/null || true)"
  case ${http_proxy:-} in '' | DIRECT | false) unset http_proxy ;; *) export http_proxy ;; esac
fi

phase unpack 'the root folder'
unpack() { tar --extract --to-stdout --file "$from" rootfs.tar.gz | tar --extract --gzip --numeric-owner --xattrs '--xattrs-include=*' --directory "$work"; }
run 'unpacking of the box' unpack

phase kernel 'and boot loader'
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$root/dev/${device%:*}" c 1 "${device#*:}"; done
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no daemon starts in the chroot
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"
host_cas=()
if grep -rqs 'https:' "$root/etc/apt/sources.list.d"; then
  shopt -s nullglob
  host_cas=(/usr/local/share/ca-certificates/*.crt)
  shopt -u nullglob
  if [ ${#host_cas[@]} -gt 0 ]; then
    cp "${host_cas[@]}" "$root/usr/local/share/ca-certificates/"
    run 'trust of the host CAs' inside update-ca-certificates
  fi
fi
run 'apt-get update' apt update
# The kernel's package is unpacked, not installed: it would bring initramfs-tools and udev, which start some hundred
# processes at every boot. What the kernel needs to read its disk is loaded by the few lines of initrd below.
image=$(inside apt-cache depends linux-image-amd64 2>>"$log" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p')
[ -n "$image" ] || fail 4 'the archive has no linux-image-amd64' "read $log"
run 'the installation of kmod' apt install kmod
mkdir "$root/var/tmp/kernel"
run 'the download of the kernel' inside sh -c 'cd /var/tmp/kernel && exec apt-get -q download -o APT::Sandbox::User=root "$@"' sh "$image" busybox-static
for package in "$root"/var/tmp/kernel/*.deb; do
  # shellcheck disable=SC2016 # the fields are dpkg-deb's
  dpkg-deb --show --showformat='${Package}\t${Version}\n' "$package" >>"$work/unpacked"
  run 'unpacking of the kernel' dpkg-deb --extract "$package" "$work/kernel"
done
rm -r "$root/var/tmp/kernel"
kernel=$(basename "$work"/kernel/boot/vmlinuz-*) kernel=${kernel#vmlinuz-}
modules=$(find "$work/kernel" -type d -path "*/lib/modules/$kernel")
for folder in "${UNUSED_MODULES[@]}"; do rm -rf "${modules:?}/kernel/$folder"; done
mkdir -p "$root/usr/lib/modules"
mv "$modules" "$root/usr/lib/modules/"
cp "$work/kernel/boot/vmlinuz-$kernel" "$root/boot/vmlinuz"
run 'the list of modules' inside depmod "$kernel"
make_initrd() {
  local initrd=$work/initrd name file number=100
  mkdir -p "$initrd/bin" "$initrd/modules" "$initrd/dev" "$initrd/proc" "$initrd/root"
  cp "$(find "$work/kernel" -type f -path '*/bin/busybox')" "$initrd/bin/busybox"
  # `insmod /lib/modules/…/name.ko.xz`, a line each, those that are needed first.
  for name in "${MODULES[@]}"; do inside modprobe --set-version "$kernel" --show-depends "$name"; done |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
    name=$(basename "$file") number=$((number + 1))
    inside xz --decompress --stdout "$file" >"$initrd/modules/$number-${name%.xz}"
  done
  cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for module in /modules/*; do $b insmod "$module"; done
waited=0
until [ -b /dev/vda1 ] || [ -b /dev/sda1 ]; do
  waited=$((waited + 1))
  [ "$waited" -lt 600 ] || { echo 'build-spark: no disk was found' && $b poweroff -f; }
  $b sleep 0.1
done
disk=/dev/vda1
[ -b "$disk" ] || disk=/dev/sda1
$b mount -t ext4 -o noatime "$disk" /root || { echo 'build-spark: the disk cannot be mounted' && $b poweroff -f; }
$b mount --move /dev /root/dev
$b umount /proc
exec $b switch_root /root /sbin/init
INIT
  chmod 755 "$initrd/init"
  (cd "$initrd" && find . | LC_ALL=C sort | cpio --create --format=newc --owner=0:0 --quiet) >"$root/boot/initrd.img"
}
run 'the initial RAM disk' make_initrd
# GRUB is not installed: what it takes to boot is two files, made by its own tool.
run 'the installation of GRUB' apt install grub-pc-bin
disk_id=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
# mitigations: a machine for one build has nobody to hide from in it. no_timer_check: an emulated machine of a busy host is
# too slow for that check, and would panic. fastboot: there is no fsck to wait for. net.ifnames: eth0, as in the lxc box.
cat >"$root/grub.cfg" <<GRUB
set root=(hd0,msdos1)
linux /boot/vmlinuz rw quiet mitigations=off no_timer_check fastboot net.ifnames=0 console=tty0 console=ttyS0,115200
initrd /boot/initrd.img
boot
GRUB
run 'the boot loader' inside grub-mkimage --format=i386-pc --output=/core.img --prefix='(hd0,msdos1)/boot/grub' --config=/grub.cfg \
  biosdisk part_msdos ext2 linux
mv "$root/core.img" "$work/core.img"
cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot.img"
rm "$root/grub.cfg"
run 'the removal of GRUB' apt purge grub-pc-bin grub-common
run 'the removal of what GRUB needed' apt autoremove --purge

phase configure "Linux $kernel"
printf '/dev/root / ext4 noatime,errors=remount-ro 0 0\n' >"$root/etc/fstab"
printf 'build-spark\n' >"$root/etc/hostname"
ln -sf /proc/mounts "$root/etc/mtab"
# A machine that is packed gets it back: each machine's first login is by this key, which Vagrant then replaces.
install -m 644 "$root/home/vagrant/.ssh/authorized_keys" "$root/usr/local/share/build-spark-first-key"
if [ ${#host_cas[@]} -gt 0 ]; then # the box is not for one host alone: a machine gets its CAs when it is provisioned
  rm -f "$root"/usr/local/share/ca-certificates/*.crt
  run 'removal of the host CAs' inside update-ca-certificates --fresh
fi
# shellcheck disable=SC2016 # the fields are dpkg-query's
inside dpkg-query --show --showformat='${Package}\t${Version}\n' >"$work/packages"
cat "$work/unpacked" >>"$work/packages"
apt clean >>"$log" 2>&1
umount "$root/proc" "$root/dev"
rm -rf "$root"/etc/ssh/ssh_host_* "$root"/etc/resolv.conf "$root"/usr/sbin/policy-rc.d "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin \
  "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/var/log/*.log "$root"/var/log/apt/* "$root"/tmp/* "$root"/run/* \
  "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/usr/lib/systemd/system/* "$root"/etc/systemd/system/*
mkdir -p "$root/usr/share/man/man1"
: >"$root/etc/machine-id"

phase disk "$(du -sm --one-file-system "$root" | cut -f 1) MiB"
disk=$work/disk.raw
truncate --size "${DISK_GIB}G" "$disk"
partition() { printf 'label: dos\nlabel-id: 0x%s\nstart=%d, type=83, bootable\n' "$disk_id" "$PARTITION_START" | sfdisk --no-reread --no-tell-kernel "$disk"; }
partition >>"$log" 2>&1 || fail 1 'sfdisk failed' "read $log"
# Its own configuration: what a newer mke2fs would add by default is not known to GRUB.
cat >"$work/mke2fs.conf" <<'MKE2FS'
[defaults]
  base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
  blocksize = 4096
  inode_size = 256
  inode_ratio = 16384
[fs_types]
  ext4 = {
    features = extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
  }
MKE2FS
# Without a journal: a machine that is thrown away is never repaired, and nothing is written twice.
file_system() {
  MKE2FS_CONFIG=$work/mke2fs.conf mke2fs -q -F -t ext4 -m 1 -d "$root" -E "offset=$((PARTITION_START * 512)),lazy_itable_init=0" "$disk" \
    "$((DISK_GIB * 1024 * 256 - PARTITION_START / 8))"
}
run 'making the file system' file_system
[ "$(stat -c %s "$work/core.img")" -lt $(((PARTITION_START - 1) * 512)) ] || fail 1 'the boot loader is too large' "read $log"
dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none # the partition table begins behind it
dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
rm -rf --one-file-system "$root"

phase pack "$provider"
case $provider in
  libvirt)
    run 'packing of the disk' qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd "$disk" "$work/box.img"
    printf '{"provider": "libvirt", "format": "qcow2", "virtual_size": %d}\n' "$DISK_GIB" >"$work/metadata.json"
    files=(metadata.json box.img)
    ;;
  virtualbox)
    run 'packing of the disk' qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$disk" "$work/box-disk001.vmdk"
    sed -e "s/SIZE\"/$(stat -c %s "$work/box-disk001.vmdk")\"/" -e "s/CAPACITY\"/$((DISK_GIB * 1024 * 1024 * 1024))\"/" "$ovf" >"$work/box.ovf"
    # VirtualBox's adapters get this address: without one some versions of Vagrant refuse the box.
    printf "Vagrant.configure('2') { |config| config.vm.base_mac = '080027B51D13' }\n" >"$work/Vagrantfile"
    printf '{"provider": "virtualbox"}\n' >"$work/metadata.json"
    files=(metadata.json Vagrantfile box.ovf box-disk001.vmdk)
    ;;
esac
rm "$disk"
run 'packing of the box' tar --create --owner=0 --group=0 --file "$output/.debian.box.$ID" --directory "$work" "${files[@]}"
sum=$(sha256sum "$output/.debian.box.$ID" | cut -d ' ' -f 1)
{
  printf '{\n  "name": "%s",\n  "provider": "%s",\n  "builtAt": "%s",\n  "sha256": "%s",\n  "size": %s,\n  "kernel": "%s",\n  "packages": {\n' \
    "$BOX_NAME" "$provider" "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" "$sum" "$(stat -c %s "$output/.debian.box.$ID")" "$kernel"
  awk -F '\t' 'NR > 1 { printf ",\n" } { printf "    \"%s\": \"%s\"", $1, $2 } END { printf "\n" }' "$work/packages"
  printf '  }\n}\n'
} >"$output/.debian.json.$ID"
mv "$output/.debian.box.$ID" "$output/debian.box"
mv "$output/.debian.json.$ID" "$output/debian.json"
printf 'done\t%s\n' "$output/debian.box"
