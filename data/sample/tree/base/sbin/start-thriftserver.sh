#!/usr/bin/env bash
# Starts the Thriftserver in the background: start-thriftserver.sh [--hiveconf hive.server2.thrift.port=<port>]
set -euo pipefail

SPARK_HOME="${SPARK_HOME:-$(cd "$(dirname "$0")/.." && pwd)}"
PID_DIR="${SPARK_PID_DIR:-/tmp}"
LOG_DIR="${SPARK_LOG_DIR:-$SPARK_HOME/logs}"
PID_FILE="$PID_DIR/spark-${USER:-$(id -un)}-HiveThriftServer2.pid"

if [ -f "$PID_FILE" ] && kill -0 "$(cat "$PID_FILE")" 2> /dev/null; then
  echo "HiveThriftServer2 running as process $(cat "$PID_FILE"). Stop it first." >&2
  exit 1
fi

mkdir -p "$PID_DIR" "$LOG_DIR"
nohup "$SPARK_HOME/bin/spark-class" org.apache.spark.sql.hive.thriftserver.HiveThriftServer2 "$@" \
  > "$LOG_DIR/HiveThriftServer2.out" 2>&1 < /dev/null &
echo $! > "$PID_FILE"
echo "starting HiveThriftServer2, logging to $LOG_DIR/HiveThriftServer2.out"
