#!/usr/bin/env bash
# Installs the package SparkR into R/lib and packs it for the cluster: needs R and a JDK's jar.
set -euo pipefail

FOLDER="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$FOLDER/lib"
R CMD INSTALL --no-docs --library="$FOLDER/lib" "$FOLDER/pkg"

JAR=jar
if [ -n "${JAVA_HOME:-}" ]; then
  JAR="$JAVA_HOME/bin/jar"
fi
cd "$FOLDER/lib"
"$JAR" cfM sparkr.zip SparkR
