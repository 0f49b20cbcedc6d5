#!/usr/bin/env bash
# spark-sql, sparkR and beeline of this parcel's Spark, by the name it is called: with the cluster's settings, and without
# touching Cloudera's own commands. Made by build-spark parcel.
set -euo pipefail
self=$(readlink -f "${BASH_SOURCE[0]}")
# shellcheck source=data/parcel/cluster.sh
. "$(dirname "$(dirname "$self")")/etc/cluster.sh"
look_at_cluster
# Of another Spark.
unset SPARK_HOME SPARK_CONF_DIR SPARK_ENV_LOADED SPARK_DIST_CLASSPATH HADOOP_CONF_DIR YARN_CONF_DIR
case ${self##*/} in
  *-sql) tool=spark-sql ;;
  *-beeline) tool=beeline ;;
  *) tool=sparkR ;;
esac
export SPARK_HOME=$home
if [[ $tool == beeline ]]; then
  SPARK_CONF_DIR=$parcel/etc exec "$home/bin/beeline" "$@"
fi
conf=$(mktemp -d "${TMPDIR:-/tmp}/build-spark.XXXXXXXX")
trap 'rm -rf "$conf"' EXIT
make_conf "$conf" /etc/hive/conf/hive-site.xml
SPARK_CONF_DIR=$conf "$home/bin/$tool" "$@"
