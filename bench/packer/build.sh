#!/bin/bash
# What packer runs in its container: the same steps as the manual route. Environment: REF, SCRIPT; arguments of the
# script in /source/arguments, one a line; what is changed in the tree in /source/changes.patch.
set -euo pipefail
export JAVA_HOME HOME=/root LC_ALL=C.UTF-8
JAVA_HOME=/usr/lib/jvm/java-8-openjdk-$(dpkg --print-architecture)
if compgen -G '/source/ca/*.crt' >/dev/null; then
  cp /source/ca/*.crt /usr/local/share/ca-certificates/
  update-ca-certificates >/dev/null 2>&1
fi
git config --global --add safe.directory '*'
git clone --quiet /source/spark.git /root/spark
cd /root/spark
git checkout --quiet "$REF"
[ ! -s /source/changes.patch ] || patch -p1 </source/changes.patch
mapfile -t words </source/arguments
"./$SCRIPT" "${words[@]}" </dev/null
tar -czf /root/dist.tar.gz -C dist .
