#!/usr/bin/env bash
# Runs one command in the guest with the tools that Puppet installed. usage: in-guest.sh <folder> <MAVEN_OPTS> <argv...>
set -euo pipefail

cd "$1"
MAVEN_OPTS=$2
shift 2

# Written by Puppet: JAVA_HOME and MVN.
# shellcheck source=/dev/null
. /etc/sparkbuilder.env
PATH="$JAVA_HOME/bin:$(dirname "$MVN"):$PATH"
# Ours answers some questions itself: mvn.sh.
if [[ -f $HOME/maven/bin/mvn ]]; then
  chmod +x "$HOME/maven/bin/mvn"
  PATH=$HOME/maven/bin:$PATH
fi
LC_ALL=C.UTF-8
export JAVA_HOME MVN PATH MAVEN_OPTS LC_ALL

exec "$@" </dev/null
