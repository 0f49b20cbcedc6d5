#!/usr/bin/env bash
# Runs the Thriftserver of a parcel as a role of Cloudera Manager: its agent calls `control.sh start` or `check`, as the
# role's user, in a folder of that process (CONF_DIR) with the configurations of YARN and Hive in it. `start` becomes the
# server itself, so that the agent's signals reach it.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$scripts/service.sh"
# shellcheck disable=SC2154 # label, parcel and the others come from there.
if [[ -z $parcel ]]; then
  echo "No active parcel of build-spark has told this process where it is: activate it, then start $label again." >&2
  exit 1
fi
# shellcheck source=data/parcel/cluster.sh
. "$parcel/etc/cluster.sh"
readonly verb=${1:-} conf=$CONF_DIR/conf start_limit_s=600
# Of another Spark.
unset SPARK_CONF_DIR SPARK_ENV_LOADED SPARK_DIST_CLASSPATH HADOOP_CONF_DIR YARN_CONF_DIR
export SPARK_HOME=$home

# take_conf NAME: a configuration that Cloudera Manager put beside us, with what it leaves to scripts filled in.
take_conf() {
  local file
  [[ -d $CONF_DIR/$1 ]] || return 0
  mkdir -p "$conf/$1"
  for file in "$CONF_DIR/$1"/*; do
    if [[ ! -f $file || ${file##*/} == log4j.properties ]]; then continue; fi
    sed -e "s|{{CDH_MR2_HOME}}|${CDH_MR2_HOME:-}|g" -e "s|{{CMF_CONF_DIR}}|$conf/$1|g" \
      -e 's|{{HADOOP_CLASSPATH}}||g; s|{{JAVA_LIBRARY_PATH}}||g; s|{{HIVE_HBASE_JAR}}||g' "$file" >"$conf/$1/${file##*/}"
  done
}

# find_bind_host: what was asked, else the host's own name, else all addresses where that leads to the loopback.
find_bind_host() {
  local address
  if [[ -n ${THRIFT_BIND_HOST:-} ]]; then
    echo "$THRIFT_BIND_HOST"
    return
  fi
  address=$(getent ahostsv4 "$THRIFT_HOST" 2>/dev/null | awk 'NR == 1 {print $1}' || true)
  case $address in
    '' | 127.*) echo 0.0.0.0 ;;
    *) echo "$THRIFT_HOST" ;;
  esac
}

# role_settings: what an operator has set for the role, in Spark's words. Memory in MiB: old Sparks count bytes in an int.
role_settings() {
  echo "spark.ui.port=$THRIFT_UI_PORT"
  echo "spark.driver.memory=$((THRIFT_DRIVER_MEMORY / 1048576))m"
  echo "spark.executor.memory=$((THRIFT_EXECUTOR_MEMORY / 1048576))m"
  echo "spark.executor.cores=$THRIFT_EXECUTOR_CORES"
  if ((THRIFT_EXECUTORS > 0)); then
    echo "spark.dynamicAllocation.enabled=false"
    echo "spark.executor.instances=$THRIFT_EXECUTORS"
  fi
  if [[ -n ${THRIFT_QUEUE:-} ]]; then echo "spark.yarn.queue=$THRIFT_QUEUE"; fi
}

# prepare: the conf folder, and where the server will listen and as whom.
prepare() {
  local user
  rm -rf "$conf"
  # As Cloudera Manager's own files, which the role's user and group alone can read: passwords stand in them.
  mkdir -m 0700 "$conf"
  take_conf yarn-conf
  take_conf hive-conf
  make_conf "$conf" "$conf/hive-conf/hive-site.xml"
  {
    role_settings
    # What was written into the safety valve has the last word.
    cat "$CONF_DIR/role-conf/spark-defaults.conf" 2>/dev/null || true
  } >>"$conf/spark-defaults.conf"
  if [[ -r $CONF_DIR/role-conf/log4j.properties ]]; then cp "$CONF_DIR/role-conf/log4j.properties" "$conf/"; fi
  if [[ ! -r $conf/hive-site.xml ]]; then
    echo "Cloudera Manager gave no hive-site.xml: Spark would make a metastore of its own. Set the Hive service that $label depends on." >&2
    exit 1
  fi
  if [[ -d $conf/yarn-conf ]]; then export build_spark_hadoop_conf=$conf/yarn-conf; fi
  export SPARK_CONF_DIR=$conf
  read -ra arguments <<<"${THRIFT_ARGUMENTS:-}"
  resolve_server "$conf/hive-site.xml" "$conf/spark-env.sh" "$THRIFT_PORT" "$(find_bind_host)" ${arguments[@]+"${arguments[@]}"}
  principal='' keytab=''
  # shellcheck disable=SC2154
  if [[ -n $role_principal ]]; then
    principal=${THRIFT_PRINCIPAL:-$role_principal} keytab=${THRIFT_KEYTAB:-$role_keytab}
    if [[ ! -r $keytab ]]; then
      user=$(id -un)
      echo "The keytab $keytab is not there, or $user cannot read it." >&2
      exit 1
    fi
  fi
}

url() {
  local host=$listen_host
  if [[ $host == 0.0.0.0 ]]; then host=$THRIFT_HOST; fi
  printf 'jdbc:hive2://%s:%s/%s%s' "$host" "$listen_port" "${principal:+;principal=$principal}" \
    "$(if [[ $mode == http ]]; then printf ';transportMode=http;httpPath=%s' "$(server_path)"; fi)"
}

server_path() {
  local path
  path=$(server_setting "$conf/hive-site.xml" hive.server2.thrift.http.path ${arguments[@]+"${arguments[@]}"})
  echo "${path:-cliservice}"
}

# say_when_it_listens PID: one line for stdout.log, once it is so. Ends with the server.
say_when_it_listens() {
  local second
  for ((second = 0; second < start_limit_s; second++)); do
    kill -0 "$1" 2>/dev/null || return 0
    # shellcheck disable=SC2154
    if owns_port "$1" "$listen_port"; then
      echo "$(date -u +%FT%TZ) $label of $release listens on $listen_host, port $listen_port, $mode, as process $1: $(url)"
      return
    fi
    sleep 1
  done
  echo "$(date -u +%FT%TZ) $label does not listen on port $listen_port after $start_limit_s s: look at its log." >&2
}

start() {
  local options=() setting
  prepare
  if is_listening "$listen_port"; then
    echo "Port $listen_port is taken by another program." >&2
    exit 1
  fi
  local settings
  read_settings "$mode" "$listen_port" "$(find_bind_host)"
  local login=()
  if [[ -n $principal ]]; then
    settings+=(
      hive.server2.authentication=KERBEROS
      "hive.server2.authentication.kerberos.principal=$principal" "hive.server2.authentication.kerberos.keytab=$keytab"
    )
    # Spark logs in with the role's own keys, and renews: for HDFS, YARN and the metastore.
    login=(--principal "$role_principal" --keytab "$role_keytab")
  fi
  for setting in "${settings[@]}"; do options+=(--hiveconf "$setting"); done
  export SPARK_SUBMIT_OPTS="${SPARK_SUBMIT_OPTS:-} ${CSD_JAVA_OPTS:-}"
  if [[ -r $conf/log4j.properties ]]; then SPARK_SUBMIT_OPTS+=" -Dlog4j.configuration=file:$conf/log4j.properties"; fi
  say_where "$mode" "$listen_port" "$listen_host"
  read_spark_words "${options[@]}" ${arguments[@]+"${arguments[@]}"}
  # Twice in the background: the server would not wait for a child that it does not know.
  (say_when_it_listens "$$" &)
  # shellcheck disable=SC2154
  exec "$home/bin/spark-submit" --class "$server_class" --name "$label of $release on $THRIFT_HOST" \
    ${login[@]+"${login[@]}"} "${spark_words[@]}" spark-internal "${options[@]}" ${arguments[@]+"${arguments[@]}"}
}

# check: one line, healthy or not and why.
check() {
  local answer
  prepare
  if ! is_listening "$listen_port"; then
    echo "UNHEALTHY: $label does not listen on port $listen_port."
    exit 1
  fi
  if [[ -n $principal ]]; then
    export KRB5CCNAME=FILE:$conf/krb5cc
    if ! answer=$(kinit -k -t "$role_keytab" "$role_principal" 2>&1); then
      echo "UNHEALTHY: kinit failed as $role_principal with $role_keytab: ${answer//$'\n'/ }"
      exit 1
    fi
  fi
  SECONDS=0
  if answer=$(timeout 120 "$home/bin/beeline" -u "$(url)" -n "${THRIFT_USER:-hive}" --silent=true --outputformat=tsv2 \
    -e 'select 6 * 7 as answer' 2>&1 </dev/null) && grep -qx 42 <<<"$answer"; then
    echo "HEALTHY: $label of $release listens on $listen_host, port $listen_port, $mode, and answered a query in $SECONDS s."
    return
  fi
  echo "UNHEALTHY: $label listens on port $listen_port and did not answer a query in $SECONDS s: $(tail -n 3 <<<"$answer" | tr '\n' ' ')"
  exit 1
}

if ! look_at_cluster; then exit 1; fi
case $verb in
  start) start ;;
  check) check ;;
  *)
    echo "\"$verb\" is neither start nor check." >&2
    exit 2
    ;;
esac
