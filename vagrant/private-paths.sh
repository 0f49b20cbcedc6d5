#!/bin/bash
# What a provisioned machine has that no other may get. Sourced by layers.sh, and sent to a guest before golden-guest.sh.

# What is its own, its user's, or of no use to the next one: all at home, package lists and caches, logs, names, keys, the
# guest's copy of Puppet and its catalogs (which hold all values in clear), proxies. As `find -path` reads it.
# shellcheck disable=SC2034 # for whoever sources it
readonly PRIVATE=('tmp/*' 'var/tmp/*' 'run/*' 'dev/*' 'etc/ssh/ssh_host_*' etc/machine-id var/lib/dbus/machine-id etc/hostname etc/hosts etc/resolv.conf etc/mtab
  'root/.*' 'var/log/*' 'var/cache/apt/*' 'var/lib/apt/lists/*' 'var/cache/debconf/*-old' 'var/lib/dpkg/*-old'
  'var/lib/dhcp/*' 'var/lib/urandom/*' var/lib/systemd/random-seed var/cache/puppet var/lib/puppet etc/puppet/ssl etc/puppetlabs/puppet/ssl opt/puppetlabs/puppet/cache
  opt/puppetlabs/facter/cache 'var/cache/dnf/*' 'var/cache/yum/*'
  etc/profile.d/sparkbuilder-proxy.sh etc/apt/apt.conf.d/90build-spark-proxy etc/sparkbuilder-yum-proxy)
