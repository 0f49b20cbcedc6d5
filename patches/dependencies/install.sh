#!/usr/bin/env bash
# Runs in the guest, from a folder that build-spark filled: puts into Maven's local repository what stands
# in for Cloudera's repository (parent pom, bridge, empty test jars), and writes Maven's settings.
# Knows no versions: every name comes from the files beside it. May be run again.
# Usage: install.sh [local repository, default ~/.m2/repository]
set -euo pipefail +C
unset CDPATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
maven_folder=$HOME/.m2
repository=${1:-$maven_folder/repository}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'dependencies: %s\n' "$*"; }

# Maven Central's address as this Maven knows it, from the pom that every pom inherits.
central_url() {
  local home jar
  # MVN, where it is given, is the program itself and no link in another folder, or Maven is asked, which takes a second.
  home=${MVN:+$(dirname "$(dirname "$(readlink -f "$MVN")")")}
  # Letters that some versions colour even when nobody watches are cut away.
  [[ -d $home/lib ]] || home=$(mvn -B -v | sed -e 's/\x1b\[[0-9;]*m//g' -n -e 's/^Maven home: //p')
  for jar in "$home"/lib/maven-model-builder-*.jar; do
    (cd "$scratch" && "${JAVA_HOME:+$JAVA_HOME/bin/}jar" xf "$jar" org/apache/maven/model/pom-4.0.0.xml)
    break
  done
  tr -d '\n' <"$scratch/org/apache/maven/model/pom-4.0.0.xml" |
    sed -n 's:.*<repositories>.*<url>\([^<]*\)</url>.*</repositories>.*:\1:p'
}

install_settings() {
  local central=''
  if grep -q '@CENTRAL@' "$here/settings.xml"; then
    central=$(central_url)
    if [[ $central != http* ]]; then
      say "cannot read the address of Maven Central from Maven's super pom" >&2
      return 1
    fi
    say "Maven Central is $central"
  fi
  mkdir -p "$maven_folder"
  (umask 077 && sed "s|@CENTRAL@|${central//&/\\&}|g" "$here/settings.xml" >"$scratch/settings.xml")
  install -m 600 "$scratch/settings.xml" "$maven_folder/settings.xml"
  rm -f "$maven_folder/settings-security.xml" # an earlier build's
  [[ ! -f $here/settings-security.xml ]] || install -m 600 "$here/settings-security.xml" "$maven_folder/settings-security.xml"
}

# Stand-ins of an earlier build must not be taken for the real thing by this one.
forget_stand_ins() {
  local path
  while IFS= read -r path; do
    [[ -n $path ]] && rm -rf "${repository:?}/$path"
  done <"$here/local-only.txt"
}

install_empty_jars() {
  local path count=0
  mkdir -p "$scratch/empty/META-INF"
  touch -d @946684800 "$scratch/empty/META-INF" # the same bytes in each machine
  while IFS= read -r path; do
    [[ -n $path ]] || continue
    [[ -f $scratch/empty.jar ]] || "${JAVA_HOME:+$JAVA_HOME/bin/}jar" cMf "$scratch/empty.jar" -C "$scratch/empty" META-INF
    mkdir -p "$repository/$(dirname "$path")"
    cp "$scratch/empty.jar" "$repository/$path"
    count=$((count + 1))
  done <"$here/empty-jars.txt"
  say "$count empty test jars"
}

# From Cloudera's public source, what no repository has: or the jars that an earlier build made of just that.
install_compiled() {
  local folder name words
  for folder in "$here"/compiled/*/; do
    [[ -d $folder ]] || continue
    name=$(basename "$folder")
    if [[ -d $folder/jars ]]; then
      cp -R "$folder/jars/." "$repository/"
      say "$name as an earlier build compiled it"
      continue
    fi
    mapfile -t words <"$folder/arguments"
    say "compiling $name"
    (cd "$folder/source" && mvn -B -q -Dmaven.repo.local="$repository" "${words[@]}")
    say "$name compiled and installed"
  done
}

install_bridges() {
  local pom
  for pom in "$here"/bridge/*/pom.xml; do
    [[ -f $pom ]] || continue
    mvn -B -q -Dmaven.repo.local="$repository" -f "$pom" clean install
    say "bridge $(basename "$(dirname "$pom")") compiled and installed"
  done
}

install_settings
mkdir -p "$repository"
forget_stand_ins
if [[ -d $here/repository ]]; then
  cp -R "$here/repository/." "$repository/"
  say "$(find "$here/repository" -type f | wc -l) files of our own for the local repository"
fi
install_empty_jars
install_compiled
install_bridges
