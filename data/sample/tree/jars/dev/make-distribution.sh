#!/usr/bin/env bash
# Builds the sample with Maven and lays it out under dist/, by the interface of Spark 2.x.
set -e
set -o pipefail
set -x

SPARK_HOME="$(cd "$(dirname "$0")/.." && pwd)"

@OPTIONS@

@JAVA_TEST@

@MAVEN_BUILD@

# One jar a module.
mkdir -p "$DISTDIR/jars"
cp "$SPARK_HOME"/assembly/target/scala-*/jars/*.jar "$DISTDIR/jars/"

@LAYOUT@

@REMOVAL@

@ARCHIVE@
