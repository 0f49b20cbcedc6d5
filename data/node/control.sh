#!/usr/bin/env bash
# Starts, stops and looks at the Thriftserver of the folder it is in. Made by `build-spark install`; called by the
# names `start`, `stop` and `status` beside it. What follows `start` is handed on: start --master yarn-client
# Settings of your own, which outlive every install: /etc/build-spark/NAME.sh (port=…, thriftserver_options=(…)).
set -euo pipefail +C
self=$(readlink -f "${BASH_SOURCE[0]}")
verb=${0##*/}
case $verb in
  start | stop | status) ;;
  *)
    verb=${1:?start, stop or status}
    shift
    ;;
esac
home=$(dirname "$self")
thriftserver_options=()
# shellcheck source=/dev/null
. "$home/conf/thriftserver.sh"
# shellcheck disable=SC2154 # name, user, port and bind_host come from there.
if [[ -r /etc/build-spark/$name.sh ]]; then
  # shellcheck source=/dev/null
  . "/etc/build-spark/$name.sh"
fi
readonly class=org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
readonly log_dir=/var/log/build-spark-$name run_dir=/run/build-spark-$name start_limit_s=240 stop_limit_s=60
# shellcheck disable=SC2154
readonly pid_file=$run_dir/spark-$user-$class-1.pid

# Of another Spark, or of an earlier call.
unset SPARK_HOME SPARK_CONF_DIR SPARK_ENV_LOADED SPARK_DIST_CLASSPATH SPARK_MASTER HADOOP_CONF_DIR YARN_CONF_DIR HIVE_CONF_DIR
export SPARK_HOME=$home SPARK_CONF_DIR=$home/conf
export SPARK_LOG_DIR=$log_dir SPARK_PID_DIR=$run_dir SPARK_IDENT_STRING=$user

running_pid() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) || return 1
  # The command's name does not tell: for some seconds it is the shell that makes the class path.
  grep -aqF "$class" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}
# Looked up in the kernel's tables: a connection that says nothing would leave a stack trace in the server's log.
is_listening() {
  local hex
  # shellcheck disable=SC2154
  printf -v hex ':%04X' "$port"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$hex" '$4 == "0A" && index($2, port) {found = 1} END {exit !found}'
}
newest_log() { find "$log_dir" -maxdepth 1 -name "spark-$user-$class-1-*.out" 2>/dev/null | head -n 1; }

if [[ $verb == status ]]; then
  if pid=$(running_pid); then
    if is_listening; then
      echo "$name runs as process $pid and listens on port $port."
    else
      echo "$name runs as process $pid and does not listen on port $port yet."
    fi
    exit 0
  fi
  echo "$name does not run."
  exit 3
fi

# A login session would move the server out of its systemd unit, where it runs as the right user already.
if [[ $(id -u) == 0 && $user != root ]]; then
  install -d -o "$user" -m 0755 "$log_dir" "$run_dir"
  # shellcheck disable=SC2016
  exec su -s /bin/bash -c 'exec "$0" "$@"' -- "$user" "$self" "$verb" "$@"
fi
if [[ $(id -un) != "$user" ]]; then
  echo "Only root and $user may do this: sudo $home/$verb" >&2
  exit 1
fi
cd "$run_dir"

if [[ $verb == stop ]]; then
  if ! pid=$(running_pid); then
    echo "$name does not run."
    exit 0
  fi
  "$home/sbin/stop-thriftserver.sh"
  for ((second = 0; second < stop_limit_s * 2; second++)); do
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "$name has stopped."
      exit 0
    fi
    sleep 0.5
  done
  echo "$name still runs as process $pid after $stop_limit_s s. To end it at once: kill -9 $pid" >&2
  exit 1
fi

if pid=$(running_pid); then
  echo "$name runs already, as process $pid."
  exit 0
fi
if is_listening; then
  echo "Port $port is taken by another program." >&2
  exit 1
fi
# shellcheck disable=SC2154
if [[ -r $cloudera_defaults && $(sha256sum <"$cloudera_defaults" | cut -d' ' -f1) != "$cloudera_defaults_sha256" ]]; then
  echo "Cloudera's $cloudera_defaults has changed since the install; to take that over, type build-spark install again." >&2
fi
# doAs in hive-site.xml is HiveServer2's; Spark's server does not start with it.
# shellcheck disable=SC2154
"$home/sbin/start-thriftserver.sh" \
  --hiveconf "hive.server2.thrift.port=$port" --hiveconf "hive.server2.thrift.bind.host=$bind_host" \
  --hiveconf hive.server2.enable.doAs=false "${thriftserver_options[@]+"${thriftserver_options[@]}"}" "$@"
for ((second = 0; second < start_limit_s * 2; second++)); do
  if ! pid=$(running_pid); then
    echo "$name ended while it was starting. The end of $(newest_log):" >&2
    tail -n 20 "$(newest_log)" >&2
    exit 1
  fi
  if is_listening; then
    echo "$name listens on $bind_host, port $port, as process $pid."
    exit 0
  fi
  sleep 0.5
done
echo "$name does not listen on port $port after $start_limit_s s. Look at $(newest_log)" >&2
exit 1
