#!/bin/sh
# Prints what `build-spark install` has to know about a node, one "key<tab>value" a line. Changes nothing.
#   facts.sh PARCELS PARCEL SPARK CONF USER LINK
# PARCEL: CDH or SPARK2. SPARK: its folder in the parcel. LINK: where an overlay is, or would be.
set -eu
export LC_ALL=C
parcels=$1 parcel=$2 spark=$3 conf=$4 user=$5 link=$6
say() { printf '%s\t%s\n' "$1" "$2"; }
first_of() { # prints the first of these files that is there
  for path; do
    if [ -e "$path" ]; then
      printf '%s\n' "$path"
      return
    fi
  done
}

home=''
for name in CDH "$parcel"; do
  real=$(readlink -f "$parcels/$name" 2>/dev/null || true)
  if [ -d "$real" ]; then
    say "parcel.$name" "${real##*/}"
    if [ "$name" = "$parcel" ] && [ -d "$real/$spark" ]; then home=$real/$spark; fi
  fi
done
if [ -n "$home" ]; then
  say spark "$home"
  for folder in lib jars sbin; do
    for path in "$home/$folder"/spark*.jar "$home/$folder"/*-thriftserver.sh; do
      if [ -e "$path" ] || [ -L "$path" ]; then say sparkFile "$folder/${path##*/}"; fi
    done
    if [ -d "$home/$folder" ]; then say sparkFolder "$folder"; fi
  done
fi
for name in spark-env.sh spark-defaults.conf classpath.txt log4j.properties; do
  if [ -r "$conf/$name" ]; then say conf "$name"; fi
done
say hiveSite "$(first_of /etc/hive/conf/hive-site.xml "$conf/yarn-conf/hive-site.xml" "$conf/hive-site.xml")"

# Where the parcel's own commands find it, then the usual places, then whatever `java` is.
# shellcheck disable=SC2016
java_home=$(bash -c 'unset JAVA_HOME; if [ -f "$1" ]; then . "$1" >/dev/null 2>&1; fi; printf "%s" "${JAVA_HOME:-}"' \
  bash "$parcels/CDH/lib/bigtop-utils/bigtop-detect-javahome" || true)
if [ ! -x "$java_home/bin/java" ]; then
  java_home=''
  for path in /usr/java/jdk1.8* /usr/java/jdk1.7* /usr/java/default /usr/lib/jvm/java-8-* /usr/lib/jvm/java-1.8* \
    /usr/lib/jvm/java-7-* /usr/lib/jvm/java-1.7* /usr/lib/jvm/default-java; do
    if [ -x "$path/bin/java" ]; then
      java_home=$path
      break
    fi
  done
fi
if [ -z "$java_home" ] && command -v java >/dev/null; then
  path=$(readlink -f "$(command -v java)")
  java_home=${path%/bin/java}
fi
say javaHome "$java_home"
if [ -n "$java_home" ]; then
  say javaVersion "$("$java_home/bin/java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1)"
fi

if id -u "$user" >/dev/null 2>&1; then say user "$user"; fi
free() { # bytes below the nearest folder that is there
  path=$1
  while [ ! -d "$path" ]; do path=$(dirname "$path"); done
  df -P -k "$path" | awk 'NR == 2 {printf "%.0f\n", $4 * 1024}'
}
say freeOpt "$(free "$link")"
if [ -n "$home" ]; then say freeParcel "$(free "$home")"; fi
for command in flock setsid sha256sum ps; do
  if ! command -v "$command" >/dev/null; then say missing "$command"; fi
done
if [ -d /run/systemd/system ]; then say systemd yes; fi
name=$(hostname -f 2>/dev/null || hostname)
say hostName "$name"
say hostAddress "$(getent ahostsv4 "$name" 2>/dev/null | awk 'NR == 1 {print $1}')"
if [ -L "$link" ]; then
  say current "$(readlink "$link")"
elif [ -e "$link" ]; then
  say inTheWay "$link"
fi
