#!/usr/bin/env bash
# Builds the sample with Maven and lays it out under dist/, by the interface of Spark 1.x.
set -e
set -o pipefail
set -x

SPARK_HOME="$(cd "$(dirname "$0")" && pwd)"

@OPTIONS@

@JAVA_TEST@

@MAVEN_BUILD@

# One assembly with every class.
mkdir -p "$DISTDIR/lib"
cp "$SPARK_HOME"/assembly/target/scala-*/spark-assembly-*.jar "$DISTDIR/lib/"

@LAYOUT@

@REMOVAL@

@ARCHIVE@
