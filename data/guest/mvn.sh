#!/usr/bin/env bash
# Stands before Maven on the PATH of the distribution script, as `mvn`. Answers the questions whose answer is in
# `answers` beside it, without Maven; adds what `options` says to the one call that builds, and checks afterwards
# that what was answered is what was built. Every other call goes to Maven as it is.
set -euo pipefail +C
unset CDPATH

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Written by Puppet: MVN and JAVA_HOME.
# shellcheck source=/dev/null
. "${SPARKBUILDER_ENV:-/etc/sparkbuilder.env}"
readonly given=$folder/given
# Maven waits half an hour for a repository that has taken a connection and says nothing. By both of its transports, and here,
# since a script may set options of its own.
export MAVEN_OPTS="${MAVEN_OPTS:-} -Daether.connector.requestTimeout=180000 -Dmaven.wagon.rto=180000"
# Every call of Maven, whoever makes it, then asks nobody.
maven=("$MVN")
[[ ! -e $folder/offline ]] || maven+=(-o)

join_by_tab() {
  local IFS=$'\t'
  printf '%s' "$*"
}
refuse() {
  printf '[ERROR] build-spark answered %s for the script, but %s\n' "$1" "$2" >&2
  exit 1
}
# The answer given for an expression; nothing where Maven itself gave it.
answered() { [[ ! -f $given ]] || sed -n "s/^$1\t//p" "$given" | tail -n 1; }

# Modules that another variant of this release compiled, by Maven's own build cache: module-cache.ts. It needs Maven 3.9.
share_modules() {
  [[ -d $folder/module-cache && ! -e .mvn ]] || return 0
  cp -r "$folder/module-cache" .mvn
  "${maven[@]}" -B -N -q validate && return 0
  printf '[WARNING] build-spark found no build cache for this Maven: all modules are compiled\n'
  rm -r .mvn
}

# One Scala compiler for all modules, where the plugin is known to accept it: SharedCompiler.java. Fails elsewhere.
share_compiler() {
  local classes=$folder/shared-compiler
  [[ -f $folder/SharedCompiler.java ]] || return 1
  mkdir -p "$classes"
  printf 'Premain-Class: SharedCompiler\n' >"$classes.manifest"
  "$JAVA_HOME/bin/javac" -d "$classes" "$folder/SharedCompiler.java" &&
    "$JAVA_HOME/bin/jar" cfm "$classes.jar" "$classes.manifest" -C "$classes" . || return 1
  export MAVEN_OPTS="${MAVEN_OPTS:-} -javaagent:$classes.jar"
}

# What each module resolved, for the list of what is in the dist: ResolvedArtifacts.java. Fails where there is no such Maven.
note_resolved() {
  local classes=$folder/resolved-artifacts lib
  [[ -f $folder/ResolvedArtifacts.java ]] || return 1
  lib=$(dirname "$(readlink -f "$MVN")")/../lib
  mkdir -p "$classes/META-INF/plexus"
  cat >|"$classes/META-INF/plexus/components.xml" <<'XML' || return 1
<component-set>
  <components>
    <component>
      <role>org.apache.maven.eventspy.EventSpy</role>
      <role-hint>build-spark</role-hint>
      <implementation>ResolvedArtifacts</implementation>
    </component>
  </components>
</component-set>
XML
  "$JAVA_HOME/bin/javac" -nowarn -cp "$lib/*" -d "$classes" "$folder/ResolvedArtifacts.java" &&
    "$JAVA_HOME/bin/jar" cf "$classes.jar" -C "$classes" . || return 1
  export BUILD_SPARK_RESOLVED=$folder/resolved
}

# What the Scala plugin makes once for all modules, before threads can make it at the same time: scala-plugin.ts.
compile_first() { # <words of the call>...
  local pom=$folder/first/pom.xml words=() word
  [[ -f $pom ]] || return 0
  for word; do
    case $word in -B | -P* | -D*) words+=("$word") ;; esac
  done
  printf '[INFO] build-spark has the Scala plugin start by itself, before several modules do at once\n'
  "${maven[@]}" -q -f "$pom" "${words[@]}" compile || printf '[WARNING] That failed; the build goes on without it.\n'
}

# Checked against the names of what was built, since a wrong answer would go into the dist's RELEASE.
check_answers() {
  local version scala hadoop file
  version=$(answered project.version) scala=$(answered scala.binary.version) hadoop=$(answered hadoop.version)
  for file in */target/maven-archiver/pom.properties; do
    [[ -z $version || ! -f $file ]] || grep -qx "version=$version" "$file" ||
      refuse "project.version=$version" "$file has $(grep version= "$file")"
  done
  for file in core/target/scala-*/classes; do
    [[ -z $scala || ! -d $file || $file == "core/target/scala-$scala/classes" ]] ||
      refuse "scala.binary.version=$scala" "there is $file"
  done
  for file in assembly/target/scala-*/spark-assembly-*-hadoop*.jar; do
    [[ -z $hadoop || ! -f $file || $file == *"-hadoop$hadoop.jar" ]] ||
      refuse "hadoop.version=$hadoop" "there is $file"
  done
}

case ${1:-} in
  help:evaluate)
    call=$(join_by_tab "$@")
    while IFS=$'\t' read -r answer words; do
      [[ $words == "$call" ]] || continue
      printf '%s\t%s\n' "${2#-Dexpression=}" "$answer" >>"$given"
      printf '%s\n' "$answer"
      exit 0
    done <"$folder/answers"
    ;;
  *)
    # Spark 2 begins the call with -T.
    if [[ " $* " == *' package '* ]]; then
      options=()
      # -T twice is an error.
      if [[ " $* " != *' -T '* && " $* " != *' --threads '* ]]; then mapfile -t options <"$folder/options"; fi
      share_modules
      share_compiler || compile_first "$@"
      if note_resolved; then options+=("-Dmaven.ext.class.path=$folder/resolved-artifacts.jar"); fi
      "${maven[@]}" "${options[@]}" "$@"
      check_answers
      exit 0
    fi
    ;;
esac
exec "${maven[@]}" "$@"
