#!/usr/bin/env bash
# Runs in the guest: starts the Thriftserver of a dist, asks it through beeline, asks spark-sql for the same
# table, and proves that Spark and not Hive's own engine answered. Stops what it started, always.
# The last line of its output is one line of JSON: {"ok":true,...}, or {"ok":false,"reason":"..."} and exit 1.
# Knows no release: what differs between Spark 1.2 and 2.x is found out from the dist's RELEASE.
# Usage: smoke.sh --dist FOLDER --logs FOLDER [--port N] [--class-path-pom FOLDER] [--features LIST] [--driver FILE]
#   --logs            made if missing; logs, and what the programs said, stay there
#   --port            of the Thriftserver; without it a free one is taken
#   --class-path-pom  folder with a pom.xml whose class path a `provided` dist needs besides its own jars
#   --features        with commas; `sparkr` adds a query from R
#   --driver          says on stdout when and what another client may ask, waits until it has made this file, and reads in
#                     it one line: `ok`, or what went wrong
# Needs JAVA_HOME, and mvn on PATH for --class-path-pom.
set -euo pipefail +C
unset CDPATH

dist='' logs='' port='' class_path_pom='' features=thriftserver driver_file=''
while (($# > 1)); do
  case $1 in
    --dist) dist=$2 ;;
    --logs) logs=$2 ;;
    --port) port=$2 ;;
    --class-path-pom) class_path_pom=$2 ;;
    --features) features=$2 ;;
    --driver) driver_file=$2 ;;
    *) break ;;
  esac
  shift 2
done
if (($# > 0)) || [[ -z $dist || -z $logs ]]; then
  echo "usage: smoke.sh --dist FOLDER --logs FOLDER [--port N] [--class-path-pom FOLDER] [--features LIST] [--driver FILE]" >&2
  exit 2
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly start_limit_s=300 query_limit_s=600 class_path_limit_s=900
readonly server_class=org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
result='' server_pid=''

now_ms() { date +%s%3N; }
say() { printf 'smoke: %s\n' "$*"; }
# Text that is safe between the quotes of JSON.
json_text() { tr -d '\000-\037' <<<"$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'; }
# shellcheck source=data/guest/smoke-queries.sh
. "$here/smoke-queries.sh"
fail() {
  result="{\"ok\":false,\"reason\":\"$(json_text "$1")\"}"
  exit 1
}

is_running() { [[ -n $server_pid ]] && kill -0 "$server_pid" 2>/dev/null; }
stop_server() {
  local waited
  is_running || return 0
  kill "$server_pid" 2>/dev/null || true
  for ((waited = 0; waited < 30; waited++)); do
    is_running || return 0
    sleep 0.5
  done
  kill -9 "$server_pid" 2>/dev/null || true
}
finish() {
  local code=$?
  trap - EXIT
  set +e
  stop_server
  [[ -n $work ]] && rm -rf "$work"
  if [[ -z $result ]]; then
    result='{"ok":false,"reason":"the smoke test itself ended early, see its logs"}'
    ((code == 0)) && code=1
  fi
  printf '%s\n' "$result"
  exit "$code"
}
work=''
trap finish EXIT
trap 'exit 130' INT TERM HUP

[[ -x $dist/sbin/start-thriftserver.sh ]] || fail "the dist has no sbin/start-thriftserver.sh"
mkdir -p "$logs"
dist=$(cd "$dist" && pwd)
logs=$(cd "$logs" && pwd)
work=$(mktemp -d)

# Looked up in the kernel's tables: a connection, even one that says nothing, would leave a stack trace in the server's log.
is_listening() {
  local hex
  printf -v hex '%04X' "$1"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" '$4 == "0A" && index($2, port) {found = 1} END {exit !found}'
}
if [[ -z $port ]]; then
  for ((attempt = 0; attempt < 50; attempt++)); do
    port=$((20000 + RANDOM % 10000))
    is_listening "$port" || break
  done
fi
is_listening "$port" && fail "port $port is taken"

# --- What the programs read: all of it in a folder of our own.
mkdir -p "$work/conf" "$work/warehouse" "$work/scratch" "$work/local"
chmod 777 "$work/scratch" # Hive insists; the folder around it is ours alone.
cat >"$work/conf/hive-site.xml" <<XML
<configuration>
  <property><name>javax.jdo.option.ConnectionURL</name><value>jdbc:derby:;databaseName=$work/metastore;create=true</value></property>
  <property><name>hive.metastore.warehouse.dir</name><value>file://$work/warehouse</value></property>
  <property><name>hive.exec.scratchdir</name><value>file://$work/scratch</value></property>
  <property><name>hive.server2.thrift.port</name><value>$port</value></property>
  <property><name>hive.server2.thrift.bind.host</name><value>127.0.0.1</value></property>
  <property><name>hive.server2.enable.doAs</name><value>false</value></property>
</configuration>
XML
cat >"$work/conf/spark-defaults.conf" <<CONF
spark.master local[2]
spark.ui.enabled false
spark.local.dir $work/local
spark.sql.warehouse.dir file://$work/warehouse
CONF
cat >"$work/conf/log4j.properties" <<'CONF'
log4j.rootCategory=INFO, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n
CONF
export SPARK_CONF_DIR=$work/conf SPARK_LOG_DIR=$logs SPARK_PID_DIR=$work SPARK_IDENT_STRING=smoke SPARK_LOCAL_IP=127.0.0.1
unset SPARK_HOME HADOOP_CONF_DIR YARN_CONF_DIR HIVE_CONF_DIR
cd "$work"

if [[ -n $class_path_pom ]]; then
  say "class path of the jars that a cluster has"
  limited 'making the class path' "$class_path_limit_s" "$logs/class-path.log" "$logs/class-path.log" \
    mvn -B -f "$class_path_pom/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:2.10:build-classpath \
    -Dmdep.outputFile="$work/class-path.txt"
  SPARK_DIST_CLASSPATH=$(<"$work/class-path.txt")
  export SPARK_DIST_CLASSPATH
  say "$(tr ':' '\n' <"$work/class-path.txt" | grep -c .) jars"
fi

# Hive 2 makes no schema of its metastore unless it is told to.
if compgen -G "$dist/jars/hive-exec-2.*" >/dev/null || [[ ${SPARK_DIST_CLASSPATH:-} == */hive-exec-2.* ]]; then
  sed -i 's|^</configuration>|  <property><name>hive.metastore.schema.verification</name><value>false</value></property>\n  <property><name>datanucleus.schema.autoCreateAll</name><value>true</value></property>\n&|' "$work/conf/hive-site.xml"
fi
# Apache's Hive 2.1.1 refuses Hadoop 3, which that of CDH knows: here, and nowhere else, Hadoop says that it is 2.7.7.
if [[ ${SPARK_DIST_CLASSPATH:-} =~ /hive-exec-2\.1\.1\.jar && $SPARK_DIST_CLASSPATH =~ /hadoop-common-3\. ]]; then
  printf 'version=2.7.7\n' >"$work/conf/common-version-info.properties"
fi
read_spark_version "$dist"

# --- The server.
server_log() { find "$logs" -maxdepth 1 -name "spark-smoke-$server_class-*.out" | head -n 1; }
why_it_ended() { first_error "$(server_log)"; }
find "$logs" -maxdepth 1 -name "spark-smoke-$server_class-*.out*" -delete
say "starting the Thriftserver on port $port"
began=$(now_ms)
"$dist/sbin/start-thriftserver.sh" >"$logs/start-thriftserver.log" 2>&1 || true
server_pid=$(cat "$work/spark-smoke-$server_class-1.pid" 2>/dev/null) || fail "the Thriftserver did not start: $(tail -n 1 "$logs/start-thriftserver.log")"
until is_listening "$port"; do
  is_running || fail "the Thriftserver ended while starting: $(why_it_ended)"
  (($(now_ms) - began < start_limit_s * 1000)) || fail "the Thriftserver has not opened port $port after $start_limit_s s"
  sleep 0.2
done
start_ms=$(($(now_ms) - began))

# --- What people ask of it, through beeline.
prefix=''
beeline=("$dist/bin/beeline" -u "jdbc:hive2://127.0.0.1:$port/default" -n "$(id -un)")
began=$(now_ms)
ask_table
beeline_ms=$(($(now_ms) - began))
prove_spark
ask_view
ask_error
ask_sessions
ask_cancelled

# In the server's log, since the statement that sleeps.
sees_of_sleep() { (($(sed -n '/build_spark_sleep/,$p' "$(server_log)" | grep -cE "$1") > 0)); }
# --- The same through another client, hive-driver, from the host that builds. Of Spark 1.1 it reads no rows: that server speaks
# a protocol that has them in another form.
ask_driver() {
  local questions=error told='' said
  is_spark 1 2 || return 0
  questions+=,view
  is_spark 1 4 && questions+=,window
  is_spark 1 5 && questions+=,cancel
  rm -f "$driver_file"
  began=$(now_ms)
  say "hive-driver: port=$port questions=$questions"
  until [[ -e $driver_file ]]; do
    is_running || fail "the Thriftserver ended while hive-driver asked: $(why_it_ended)"
    (($(now_ms) - began < query_limit_s * 1000)) || fail "hive-driver has not asked its questions within $query_limit_s s"
    if [[ -z $told ]] && sees_of_sleep 'Starting task|Running task'; then
      told=yes
      say 'hive-driver: its statement runs'
    fi
    sleep 0.2
  done
  said=$(head -n 1 "$driver_file")
  [[ $said == ok ]] || fail "through hive-driver: $said"
  driver=",\"driver\":{\"ok\":true,\"ms\":$(($(now_ms) - began))"
  if [[ $questions == *cancel* ]]; then
    # Spark 2 asks to cancel the jobs of every statement that is closed: only a stage that is cancelled tells.
    for ((attempt = 0; attempt < 50; attempt++)); do
      sees_of_sleep 'Cancelling stage' && break
      sleep 0.2
    done
    ((attempt < 50)) || told=''
    driver+=",\"cancelled\":$([[ -n $told ]] && echo true || echo false)"
  fi
  driver+='}'
}
driver=''
if [[ -n $driver_file ]]; then ask_driver; fi

stop_server # The metastore is an embedded one: one program at a time.
is_running && fail "the Thriftserver does not stop"
server_pid=''
grep -qaE 'FATAL|OutOfMemoryError' "$(server_log)" && fail "the server's log has: $(grep -aE 'FATAL|OutOfMemoryError' "$(server_log)" | head -n 1 | cut -c1-300)"

# --- The same through spark-sql, in a table of its own: that of Spark 1.5 looks into no embedded metastore but its own.
say 'spark-sql: create, insert, count'
shared_query=''
is_spark 2 0 && shared_query="; select concat('build_spark_shared=', cast(count(*) as string)) from build_spark_smoke"
began=$(now_ms)
limited spark-sql "$query_limit_s" "$logs/spark-sql.out" "$logs/spark-sql.log" \
  "$dist/bin/spark-sql" -e "create table build_spark_sql (a int, b string);
    insert into table build_spark_sql select 1, 'x' from (select count(*) as c from build_spark_sql) q;
    $(count_query build_spark_sql)${shared_query:-}"
sql_ms=$(($(now_ms) - began))
sql_rows=$(rows_in "$logs/spark-sql.out")
[[ $sql_rows == 1 ]] || fail "spark-sql counts '${sql_rows:-nothing}' rows where 1 was inserted"
if [[ -n $shared_query ]]; then
  grep -aq 'build_spark_shared=1' "$logs/spark-sql.out" || fail "spark-sql does not see the row that was inserted through the Thriftserver"
fi

# --- SparkR: a query through the JVM; and a data frame made of R's own data, which is reported and no more: it needs
# R's workers, and those of a Spark without SPARK-31918 need an R below 4.0. The R that counts is the cluster's.
spark_r=''
if [[ ,$features, == *,sparkr,* ]]; then
  say 'SparkR: query, data frame'
  cat >"$work/smoke.R" <<'R'
library(SparkR)
isTwo <- exists("sparkR.session")
if (isTwo) {
  sparkR.session()
  df <- sql("select 6 as a")
  make <- function() createDataFrame(data.frame(a = 1:3))
} else {
  context <- sparkRSQL.init(sparkR.init())
  df <- sql(context, "select 6 as a")
  make <- function() createDataFrame(context, data.frame(a = 1:3))
}
answer <- SparkR::collect(df)$a
works <- tryCatch(SparkR::count(make()) == 3, error = function(e) FALSE)
cat("build_spark_r=", R.version$major, ".", R.version$minor, " ", answer, " ", works, "\n", sep = "")
if (isTwo) sparkR.session.stop() else sparkR.stop()
R
  began=$(now_ms)
  limited SparkR "$query_limit_s" "$logs/spark-r.out" "$logs/spark-r.log" "$dist/bin/spark-submit" "$work/smoke.R"
  read -r r_version r_answer r_works < <(sed -n 's/^build_spark_r=//p' "$logs/spark-r.out") || fail "SparkR said nothing"
  [[ $r_answer == 6 ]] || fail "SparkR answers '$r_answer' where 6 was asked for"
  spark_r=",\"sparkR\":{\"rVersion\":\"$(json_text "$r_version")\",\"answer\":$r_answer,\"workersRun\":$([[ $r_works == TRUE ]] && echo true || echo false),\"ms\":$(($(now_ms) - began))}"
fi

result="{\"ok\":true,\"connectedTo\":\"$(json_text "$connected_to")\",\"count\":$rows,\"sparkSqlCount\":$sql_rows"
result+=",\"sparkRan\":{\"jobs\":$jobs,\"appId\":$([[ -n $app_id ]] && echo "\"$app_id\"" || echo null),\"evidence\":\"$(json_text "$evidence")\"}"
result+=",\"port\":$port,\"cancelled\":$cancelled,\"startMs\":$start_ms,\"beelineMs\":$beeline_ms,\"sparkSqlMs\":$sql_ms$driver$spark_r}"
