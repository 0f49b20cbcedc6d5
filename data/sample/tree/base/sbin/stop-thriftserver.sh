#!/usr/bin/env bash
# Stops the Thriftserver that start-thriftserver.sh started.
set -euo pipefail

PID_FILE="${SPARK_PID_DIR:-/tmp}/spark-${USER:-$(id -un)}-HiveThriftServer2.pid"
if [ -f "$PID_FILE" ] && kill "$(cat "$PID_FILE")" 2> /dev/null; then
  echo "stopping HiveThriftServer2"
else
  echo "no HiveThriftServer2 to stop"
fi
rm -f "$PID_FILE"
