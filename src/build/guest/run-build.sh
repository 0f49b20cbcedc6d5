#!/usr/bin/env bash
# Runs the source's own distribution script in the guest. usage: run-build.sh <MAVEN_OPTS> <script> [argument...]
set -euo pipefail

maven_opts=$1
script=$2
shift 2

# Written by Puppet: JAVA_HOME and MVN.
# shellcheck source=/dev/null
. /etc/sparkbuilder.env
PATH="$JAVA_HOME/bin:$(dirname "$MVN"):$PATH"
MAVEN_OPTS=$maven_opts
LC_ALL=C.UTF-8
export JAVA_HOME PATH MAVEN_OPTS LC_ALL

cd /home/vagrant/spark
exec bash "./$script" "$@" </dev/null
