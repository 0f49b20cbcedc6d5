#!/bin/sh
# Prints the jars of Hive, Hadoop and YARN that a Thriftserver on this node loads, "bytes<tab>path" each, in the order of
# its class path. Changes nothing.
#   jars.sh PARCELS SPARK CONF
# SPARK: real path of Cloudera's Spark. CONF: its client configuration, with classpath.txt.
set -eu
export LC_ALL=C
parcels=$1 spark=$2 conf=$3
{
  if [ -r "$conf/classpath.txt" ]; then tr ':' '\n' <"$conf/classpath.txt"; fi
  # CDH 6 and Spark 2 for CDH 5 have Hive there, and not in classpath.txt.
  printf '%s\n' "$spark"/hive/*.jar "$parcels"/CDH/lib/hive/lib/*.jar
} | while read -r path; do
  case ${path##*/} in
    hive-*.jar | hadoop-*.jar) ;;
    *) continue ;;
  esac
  if [ -f "$path" ] && [ -r "$path" ]; then
    real=$(readlink -f "$path")
    printf '%s\t%s\n' "$(stat -c %s "$real")" "$real"
  fi
done | awk '!seen[$0]++'
