#!/bin/bash
# Brings a guest of any box to where Puppet can run: CA trust, proxies, live repositories, the agent.
# Runs in the guest as root, before Puppet and after the CA certificates were uploaded; knows nothing of builds.
# Idempotent, and changes nothing where nothing is missing. Environment (each may be absent): http_proxy,
# https_proxy, no_proxy, and direct_hosts: the same as no_proxy, as patterns of whole host names with blanks between.
# Exit codes: 0 ready, 78 this guest can never build Spark 1.x or 2.x (the line says why), else a command failed.
set -euo pipefail

readonly CA_UPLOADS=/tmp/build-spark-ca
readonly VAULT=http://vault.centos.org/7.9.2009 # http: packages are signed, and the CAs of an old box are out of date
readonly OPENVOX=https://yum.voxpupuli.org

say() { printf 'bootstrap: %s\n' "$*"; }
refuse() {
  printf 'bootstrap: error: %s\n' "$*" >&2
  exit 78
}
has() { command -v "$1" >/dev/null 2>&1; }

# shellcheck source=/dev/null
. /etc/os-release
major=${VERSION_ID%%.*}
case " $ID ${ID_LIKE:-} " in
  *' debian '* | *' ubuntu '*) family=debian ;;
  *' rhel '* | *' centos '* | *' fedora '*) family=el ;;
  *) refuse "${PRETTY_NAME:-$ID} is neither of Debian's nor of Red Hat's family: use a box of one of these" ;;
esac
if [ "$ID" = debian ] && [ "${major:-99}" -lt 13 ]; then
  refuse "Debian $major has no JDK 8: the only one that Debian has needs glibc 2.38, which comes with Debian 13; use a box of Debian 13, Ubuntu or Enterprise Linux"
fi

# Writes stdin to a file when it differs; succeeds when it wrote.
put() { # <file> <mode>
  local new
  new=$(mktemp)
  cat >"$new"
  if cmp -s "$new" "$1"; then
    rm -f "$new"
    return 1
  fi
  install -m "$2" "$new" "$1"
  rm -f "$new"
}

# The hosts of apt's archives that need no proxy, a line each: apt itself knows no networks.
direct_archives() {
  local patterns host pattern
  read -ra patterns <<<"${direct_hosts-}"
  while IFS= read -r host; do
    for pattern in "${patterns[@]}"; do
      # shellcheck disable=SC2254 # it is meant as a pattern
      case $host in $pattern) printf '%s\n' "$host" && break ;; esac
    done
  done < <(sed -nE 's#^[^\#]*https?://([^/@[:space:]]*@)?([A-Za-z0-9.-]+).*#\2#p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sort -u)
}

if [ "$family" = debian ]; then
  export DEBIAN_FRONTEND=noninteractive
  if [ -n "${http_proxy:-}${https_proxy:-}" ]; then
    {
      [ -z "${http_proxy:-}" ] || printf 'Acquire::http::Proxy "%s";\n' "$http_proxy"
      [ -z "${https_proxy:-}" ] || printf 'Acquire::https::Proxy "%s";\n' "$https_proxy"
      direct_archives | sed 's/.*/Acquire::http::Proxy::& "DIRECT";\nAcquire::https::Proxy::& "DIRECT";/'
    } | put /etc/apt/apt.conf.d/90build-spark-proxy 0600 && say 'apt uses the proxy'
  fi
elif [ -n "${http_proxy:-${https_proxy:-}}" ]; then
  conf=/etc/yum.conf
  [ ! -f /etc/dnf/dnf.conf ] || conf=/etc/dnf/dnf.conf
  line="proxy=${https_proxy:-$http_proxy}"
  if ! grep -qxF "$line" "$conf"; then
    kept=$(grep -v '^proxy=' "$conf")
    # Right under [main], whatever else the file holds.
    printf '%s\n' "$kept" | awk -v line="$line" '{ print } /^\[main\]/ { print line }' | put "$conf" 0644 && say 'yum uses the proxy'
  fi
fi

# The vault first: until then yum of CentOS 7 can install nothing.
if [ "$family" = el ] && [ "$ID" = centos ] && [ "$major" = 7 ]; then
  [ "$(uname -m)" = x86_64 ] || refuse "CentOS 7 on $(uname -m) is not supported: use an Enterprise Linux 8 box"
  for section in 'os base Base' 'updates updates Updates' 'extras extras Extras'; do
    read -r path name title <<<"$section"
    # shellcheck disable=SC2016 # $basearch is yum's
    printf '[%s]\nname=CentOS-7 - %s\nbaseurl=%s/%s/$basearch/\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7\n\n' "$name" "$title" "$VAULT" "$path"
  done | put /etc/yum.repos.d/CentOS-Base.repo 0644 && say "repositories point at $VAULT"
fi

# `apt-get update`, once: boxes come without package lists, or with last year's.
refreshed=''
install_packages() {
  if [ "$family" = debian ]; then
    local options=(-q --yes --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    [ -n "$refreshed" ] || apt-get "${options[@]}" update >/dev/null
    refreshed=yes
    apt-get "${options[@]}" install "$@" >/dev/null
  else
    yum --assumeyes --quiet install "$@" >/dev/null
  fi
  say "installed $*"
}

# CA trust before the first https.
if [ "$family" = debian ]; then anchors=/usr/local/share/ca-certificates; else anchors=/etc/pki/ca-trust/source/anchors; fi
if compgen -G "$CA_UPLOADS/*.crt" >/dev/null; then
  [ "$family" = el ] || has update-ca-certificates || install_packages ca-certificates
  changed=0
  for certificate in "$CA_UPLOADS"/*.crt; do
    put "$anchors/${certificate##*/}" 0644 <"$certificate" && changed=$((changed + 1))
  done
  if [ "$changed" -gt 0 ]; then
    if [ "$family" = debian ]; then update-ca-certificates >/dev/null 2>&1; else update-ca-trust extract; fi
    say "trusts $changed more CA certificates"
  fi
fi
# Boxes made before September 2021 know only a root of Let's Encrypt that has expired since.
if [ "$family" = el ] && [ "$major" = 7 ] && [ "$(rpm -q --queryformat '%{VERSION}' ca-certificates | cut -d . -f 1)" -lt 2021 ]; then
  yum --assumeyes --quiet update ca-certificates >/dev/null
  say 'CA certificates are up to date'
fi

if ! has puppet && [ ! -x /opt/puppetlabs/bin/puppet ]; then
  if [ "$family" = debian ]; then
    apt-get -q update -o DPkg::Lock::Timeout=300 >/dev/null
    refreshed=yes
    if apt-cache show puppet-agent >/dev/null 2>&1; then install_packages puppet-agent; else install_packages puppet; fi
  else
    rpm -q openvox8-release >/dev/null 2>&1 || install_packages "$OPENVOX/openvox8-release-el-$major.noarch.rpm"
    install_packages openvox-agent
  fi
fi
