#!/bin/bash
# lxc-create's template for packer: the root file system of the box, which Vagrant has unpacked. Knows no build.
# usage, by lxc-create: template.sh --path=… --name=… --rootfs=… <rootfs.tar.gz>
set -euo pipefail
rootfs='' archive=''
for word in "$@"; do
  case $word in
    --rootfs=*) rootfs=${word#--rootfs=} ;;
    --*) ;;
    *) archive=$word ;;
  esac
done
mkdir -p "$rootfs"
# As vagrant-lxc unpacks it: the archive holds ./rootfs/….
tar -xzf "$archive" --strip-components=2 --numeric-owner -C "$rootfs"
