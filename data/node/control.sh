#!/usr/bin/env bash
# Starts, stops and looks at the Thriftserver of the folder it is in. Made by `build-spark install`; called by the
# names `start`, `stop` and `status` beside it. What follows `start` is handed on: start --master yarn-client
# Settings of your own, which outlive every install: /etc/build-spark/NAME.sh (port=…, thriftserver_options=(…)), and
# beside it NAME.log4j.properties.
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
# shellcheck disable=SC2154 # name, user, port and the others come from there.
if [[ -r $own_settings.sh ]]; then
  # shellcheck source=/dev/null
  . "$own_settings.sh"
fi
# shellcheck source=data/node/server.sh
. "$home/server.sh"
readonly class=org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
readonly start_limit_s=240 stop_limit_s=60
# shellcheck disable=SC2154
readonly pid_file=$run_dir/spark-$user-$class-1.pid hive_site=$home/conf/hive-site.xml

# Of another Spark, or of an earlier call.
unset SPARK_HOME SPARK_CONF_DIR SPARK_ENV_LOADED SPARK_DIST_CLASSPATH SPARK_MASTER HADOOP_CONF_DIR YARN_CONF_DIR HIVE_CONF_DIR
export SPARK_HOME=$home SPARK_CONF_DIR=$home/conf
# shellcheck disable=SC2154
export SPARK_LOG_DIR=$log_dir SPARK_PID_DIR=$run_dir SPARK_IDENT_STRING=$user

running_pid() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) || return 1
  # The command's name does not tell: for some seconds it is the shell that makes the class path.
  grep -aqF "$class" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}
# When YARN ends the application (the last attempt of its master failed, or somebody killed it), Spark stops within the
# server, whose process may stay and answer nobody: so did that of Spark 2.4.
has_stopped_listening() { # pid, port
  [[ $(cat "$run_dir/listened" 2>/dev/null) == "$1" ]] && ! is_listening "$2"
}
newest_log() { find "$log_dir" -maxdepth 1 -name "spark-$user-$class-1-*.out" 2>/dev/null | head -n 1; }
# Why it cannot run as it should, on stderr; fails when it must not start.
look_at_cluster() {
  local gone now
  # shellcheck disable=SC2154
  now=$(parcel_version "$parcel_link")
  # shellcheck disable=SC2154
  if [[ $now != "$parcel_version" ]]; then
    echo "The dist is for $release, installed where the parcel was of ${parcel_version:-an unknown version}, and the node has ${now:-no active parcel} now." >&2
    echo "Classes would be missing, or behave in another way. Build a dist for that version and install it; or, at your own risk, install this one again: build-spark install $name --force-version …" >&2
    return 1
  fi
  # shellcheck disable=SC2154
  gone=$(gone_jars "$classpath")
  if [[ -n $gone ]]; then
    echo "$classpath names $(wc -l <<<"$gone") files that are gone, the first: $(head -n 1 <<<"$gone")" >&2
    echo "Deploy the client configuration of Spark in Cloudera Manager, which makes that file anew." >&2
  fi
}

if [[ $verb == status ]]; then
  look_at_cluster || true
  if pid=$(running_pid); then
    if [[ -r $run_dir/listens ]]; then read -r mode listen_port _ <"$run_dir/listens"; else listen_port=$port mode=binary; fi
    if is_listening "$listen_port"; then
      echo "$name runs as process $pid and listens on port $listen_port, $mode."
    elif has_stopped_listening "$pid" "$listen_port"; then
      echo "$name is of no use any more: process $pid has stopped listening on port $listen_port. Most likely YARN has ended its application; why: $(newest_log)"
      echo "Start it again: sudo $home/start"
      exit 3
    else
      echo "$name runs as process $pid and does not listen on port $listen_port yet."
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

stop_server() { # pid
  local second
  "$home/sbin/stop-thriftserver.sh"
  for ((second = 0; second < stop_limit_s * 2; second++)); do
    if ! kill -0 "$1" 2>/dev/null; then
      echo "$name has stopped."
      return
    fi
    sleep 0.5
  done
  echo "$name still runs as process $1 after $stop_limit_s s. To end it at once: kill -9 $1" >&2
  exit 1
}
if [[ $verb == stop ]]; then
  if pid=$(running_pid); then stop_server "$pid"; else echo "$name does not run."; fi
  exit 0
fi

if pid=$(running_pid); then
  if [[ -r $run_dir/listens ]]; then read -r mode listen_port _ <"$run_dir/listens"; else listen_port=$port; fi
  if ! has_stopped_listening "$pid" "$listen_port"; then
    echo "$name runs already, as process $pid."
    exit 0
  fi
  echo "Process $pid has stopped listening on port $listen_port; most likely YARN has ended its application. It is stopped first."
  stop_server "$pid"
fi
look_at_cluster
# shellcheck disable=SC2154
resolve_server "$hive_site" "$home/conf/spark-env.sh" "$port" "$bind_host" ${thriftserver_options[@]+"${thriftserver_options[@]}"} "$@"
if [[ -n $port_from ]]; then echo "The port is $listen_port, from $port_from, instead of $port." >&2; fi
if [[ -n $host_from ]]; then echo "It listens on $listen_host, from $host_from, instead of $bind_host." >&2; fi
if is_listening "$listen_port"; then
  echo "Port $listen_port is taken by another program." >&2
  exit 1
fi
# shellcheck disable=SC2154
if [[ -r $cloudera_defaults && $(sha256sum <"$cloudera_defaults" | cut -d' ' -f1) != "$cloudera_defaults_sha256" ]]; then
  echo "Cloudera's $cloudera_defaults has changed since the install; to take that over, type build-spark install again." >&2
fi
echo "$mode $listen_port $listen_host" >"$run_dir/listens"
rm -f "$run_dir/listened" # A number of a process is given again.
say_where "$mode" "$listen_port" "$listen_host"

# The cluster's settings, ours, then the operator's: the last line with a key holds.
for file in "$home/conf/log4j.properties" "$home/conf/log4j-more.properties" "$own_settings.log4j.properties"; do
  if [[ -r $file ]]; then
    cat "$file"
    echo
  fi
done >"$run_dir/log4j.properties"
export SPARK_SUBMIT_OPTS="${SPARK_SUBMIT_OPTS:-} -Dlog4j.configuration=file:$run_dir/log4j.properties"

read_settings "$mode" "$port" "$bind_host"
spark_options=()
if [[ -n ${kerberos_keytab:-} ]]; then
  # shellcheck disable=SC2154
  for setting in keytab="$kerberos_keytab" principal="$kerberos_principal"; do
    settings+=("hive.server2.authentication.kerberos.$setting")
  done
  # Spark logs in with them too, and renews: for HDFS, YARN and the metastore.
  spark_options+=(--keytab "$kerberos_keytab" --principal "$kerberos_principal")
fi
options=()
for setting in "${settings[@]}"; do options+=(--hiveconf "$setting"); done
read_spark_words "${options[@]}" ${thriftserver_options[@]+"${thriftserver_options[@]}"} "$@"
# shellcheck disable=SC2154
"$home/sbin/start-thriftserver.sh" ${spark_options[@]+"${spark_options[@]}"} "${spark_words[@]}" "${options[@]}" ${thriftserver_options[@]+"${thriftserver_options[@]}"} "$@"
for ((second = 0; second < start_limit_s * 2; second++)); do
  if ! pid=$(running_pid); then
    log=$(newest_log)
    echo "$name ended while it was starting:" >&2
    if [[ -z $log ]]; then
      echo "It has left no log in $log_dir." >&2
    elif ! why_it_ended "$log" >&2; then
      tail -n 20 "$log" >&2
    fi
    if [[ -n $log ]]; then echo "All of it: $log" >&2; fi
    exit 1
  fi
  if is_listening "$listen_port"; then
    echo "$pid" >"$run_dir/listened"
    echo "$name listens on $listen_host, port $listen_port, $mode, as process $pid."
    exit 0
  fi
  sleep 0.5
done
echo "$name does not listen on port $listen_port after $start_limit_s s. Look at $(newest_log)" >&2
exit 1
