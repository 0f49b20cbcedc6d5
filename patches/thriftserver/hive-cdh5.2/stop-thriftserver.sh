#!/usr/bin/env bash
# Stops the Thriftserver that start-thriftserver.sh started: Spark 1.1 has no script of its own for it.
set -euo pipefail

sbin=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$sbin/spark-daemon.sh" stop org.apache.spark.sql.hive.thriftserver.HiveThriftServer2 1
