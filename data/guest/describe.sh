#!/usr/bin/env bash
# Prints what the guest is made of, as `key value` lines for the manifest: os, java, maven, r, and a line a package.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/sparkbuilder.env
# shellcheck source=/dev/null
os=$(. /etc/os-release && printf '%s' "$PRETTY_NAME")
printf 'os %s\n' "$os"
printf 'java %s\n' "$("$JAVA_HOME/bin/java" -version 2>&1 | sed -n 's/.*version "\(.*\)".*/\1/p' | head -n 1)"
# Debian's Maven colours this line even where nobody can see it.
printf 'maven %s\n' "$(JAVA_HOME=$JAVA_HOME "$MVN" --version | sed -n 's/^.*Apache Maven \([0-9][0-9A-Za-z.-]*\).*/\1/p' | head -n 1)"
if command -v R >/dev/null; then
  printf 'r %s\n' "$(R --version | sed -n '1s/^R version \([^ ]*\).*/\1/p')"
fi
if command -v dpkg-query >/dev/null; then
  dpkg-query -W -f 'package ${Package} ${Version}\n'
else
  rpm -qa --qf 'package %{NAME} %{VERSION}-%{RELEASE}\n'
fi
