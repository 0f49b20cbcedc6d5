# shellcheck shell=bash
# Asks the Thriftserver of an install the questions of data/guest/smoke-queries.sh, on its node. `build-spark smoke` sends
# both files as one script, and calls smoke_server as the user of the server. All it makes is a folder of its own, which is
# removed, and a database (or, with DATABASE, tables in one), which is dropped: also when the connection is cut.
#   smoke_server HOME LOG_DIR URL USER DATABASE KEYTAB PRINCIPAL SPARK_SQL
# HOME: the Spark that has beeline's class. URL: of beeline. SPARK_SQL: a program, or empty.
# Prints "answer<tab>name<tab>ok|failed|unknown<tab>ms<tab>text" a question, and "log<tab>name<tab>line" after a failed one.
# shellcheck disable=SC2034,SC2154 # Variables of smoke-queries.sh.

say() { :; }
now_ms() { date +%s%3N; }
fail() {
  printf '%s\n' "$1" >"$work/why"
  exit 1
}
note() { printf '%s\n' "$1" >"$work/note"; }
one_line() { tr '\n\t\r' '   ' | cut -c1-400; }
server_log() { find "$log_dir" -maxdepth 1 -name '*HiveThriftServer2*.out' -readable -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -n 1 | cut -d' ' -f2-; }

# In a shell of its own: one question that fails does not keep the others from being asked.
question() { # name, function
  local name=$1 began code=0 state=ok text
  began=$(now_ms)
  rm -f "$work/why" "$work/note" "$work/unknown"
  ("$2") </dev/null >"$work/said" 2>&1 || code=$?
  if ((code != 0)); then
    state=failed
    text=$(cat "$work/why" 2>/dev/null || tail -n 1 "$work/said")
    failed=$((failed + 1))
  else
    if [[ -e $work/unknown ]]; then state=unknown; fi
    text=$(cat "$work/note" 2>/dev/null || true)
  fi
  printf 'answer\t%s\t%s\t%s\t%s\n' "$name" "$state" "$(($(now_ms) - began))" "$(one_line <<<"${text:-}")"
  if [[ $state == failed ]]; then
    local log
    for log in "$logs"/*; do
      if [[ -s $log && $log -nt $work/asked ]]; then tail -n 15 "$log" | tr '\t\r' '  ' | sed "s/^/log\t$name\t/"; fi
    done
  fi
  touch "$work/asked"
  return "$code"
}
unknown() {
  note "$1"
  : >"$work/unknown"
}

ask_login() {
  kinit -kt "$keytab" "$principal" >"$logs/kinit.log" 2>&1 || fail "kinit as $principal: $(tail -n 1 "$logs/kinit.log")"
  note "as $principal"
}
ask_connect() {
  ask_beeline connect 'show tables'
  connected_to=$(sed -n 's/^Connected to: *//p' "$logs/connect.log" | head -n 1)
  [[ $connected_to == *Spark* ]] || fail "beeline is connected to '$connected_to', which is not Spark: $(first_error "$logs/connect.log")"
  note "$connected_to"
}
# Beeline of Hive 0.13 ends with 0 whatever happens: whether it is there is asked.
ask_database() {
  ask_beeline database "create database $database" 'show databases'
  grep -qaw "$database" <(grep -av 'create database' "$logs/database.log") || fail "there is no database $database after its creation: $(first_error "$logs/database.log")"
  note "$database"
}
ask_first_table() {
  ask_table
  ask_beeline where "describe extended ${prefix}build_spark_smoke"
  note "1 row written and counted$(grep -aoE 'location:[^,]+' "$logs/where.log" | head -n 1 | sed 's/^location:/, in /')"
}
# The plan is Spark's own, whatever the server logs; its log is better evidence where it can be read.
ask_engine() {
  ask_beeline explain "explain $(count_query build_spark_smoke)"
  grep -qa 'Physical Plan' "$logs/explain.log" || fail "the plan of the count is not one of Spark's: Hive may have answered"
  if [[ -n $(server_log) ]] && grep -qa 'SparkExecuteStatementOperation: Running query' "$(server_log)"; then
    prove_spark
    note "$evidence"
  else
    note "the plan of the count is Spark's; the server's log does not show its jobs"
  fi
}
ask_more() {
  ask_view
  if is_spark 1 4; then note 'view, window function'; elif is_spark 1 2; then note 'view'; fi
}
ask_both_sessions() {
  ask_sessions
  note 'two sessions at once'
}
ask_wrong() {
  ask_error
  note 'its error comes back, and the server goes on'
}
# What one session calls a view, another must not see.
ask_temporary() {
  if ! is_spark 1 6; then
    unknown 'sessions share their temporary tables before Spark 1.6'
    return
  fi
  # What is cached stays on the executors when its session has ended, which then never rest: it is taken out again.
  local end='uncache table build_spark_mine' make="cache table build_spark_mine as select a from ${prefix}build_spark_smoke" read="select concat('build_spark_mine=', cast(count(*) as string)) from build_spark_mine"
  if is_spark 2 0; then make="create temporary view build_spark_mine as select a from ${prefix}build_spark_smoke" end='drop view build_spark_mine'; fi
  ask_beeline mine "$make" "$read" "$end"
  [[ $(said mine build_spark_mine) == 1 ]] || fail "a session does not read its own temporary table: $(first_error "$logs/mine.log")"
  timeout "$query_limit_s" "${beeline[@]}" -e "$read" >"$logs/theirs.log" 2>&1 </dev/null || true
  [[ -z $(said theirs build_spark_mine) ]] || fail 'a session reads the temporary table of another one'
  note 'a session does not see the temporary table of another'
}
ask_stop() {
  if [[ -z $(server_log) ]]; then
    unknown "the server's log cannot be read"
    return
  fi
  ask_cancelled
  case $cancelled in
    true) note 'Ctrl-C in beeline ends the job' ;;
    false) unknown 'Ctrl-C in beeline does not end the job, which runs to its end' ;;
    *) unknown "the server's log does not show it" ;;
  esac
}
ask_sql() {
  local table=${prefix}build_spark_sql
  limited spark-sql "$query_limit_s" "$logs/spark-sql.out" "$logs/spark-sql.log" "$spark_sql" -e \
    "$(count_query build_spark_smoke | sed 's/build_spark_rows/build_spark_shared/'); create table $table (a int, b string);
    insert into table $table select 1, 'x' from (select count(*) as c from $table) q; $(count_query build_spark_sql)"
  grep -qa 'build_spark_shared=1' "$logs/spark-sql.out" || fail 'spark-sql does not read the row that was written through the Thriftserver'
  [[ $(rows_in "$logs/spark-sql.out") == 1 ]] || fail 'spark-sql does not count the row that it has written'
  note 'reads what the Thriftserver wrote, writes and counts'
}
ask_clean() {
  local rest="of the database $database; drop it: drop database if exists $database cascade"
  if [[ -n $given ]]; then rest="of the tables and the view ${prefix}build_spark_…; drop them"; fi
  (
    if [[ -n $given ]]; then
      ask_beeline clean "drop view if exists ${prefix}build_spark_view" \
        "drop table if exists ${prefix}build_spark_smoke" "drop table if exists ${prefix}build_spark_sql" "show tables in $database"
      ! grep -qaE "\\| *${prefix#*.}build_spark_(smoke|sql|view)" "$logs/clean.log" || fail 'they are still there'
    else
      ask_beeline clean "drop database if exists $database cascade" 'show databases'
      ! grep -qaE "\| *$database *\|" "$logs/clean.log" || fail 'it is still there'
      grep -qaE '\| *default *\|' "$logs/clean.log" || fail "$(first_error "$logs/clean.log")"
    fi
  ) || fail "something may be left $rest. What went wrong: $(cat "$work/why" 2>/dev/null || true)"
  note "nothing is left of ${given:+the tables in }$database"
}
finish() {
  local code=$?
  # Whatever has cut it short, it is taken back now; nobody may read what is said any more.
  trap - EXIT
  trap '' HUP INT TERM PIPE
  set +e
  if [[ -n $made ]]; then question clean ask_clean || code=1; fi
  if [[ -n ${KRB5CCNAME:-} && -e $work/ticket ]]; then kdestroy >/dev/null 2>&1; fi
  cd /
  rm -rf "$work"
  exit "$code"
}

smoke_server() {
  set -euo pipefail
  local home=$1 url=$3 user=$4
  log_dir=$2 given=$5 keytab=$6 principal=$7 spark_sql=$8
  readonly query_limit_s=600
  failed=0 made='' connected_to=''
  work=$(mktemp -d "${TMPDIR:-/tmp}/build-spark-smoke.XXXXXX")
  trap finish EXIT
  trap 'exit 130' INT TERM HUP PIPE
  logs=$work/logs
  mkdir "$logs"
  touch "$work/asked"
  cd "$work"
  database=${given:-build_spark_smoke_$(date +%s)_$$}
  # In a database of others the tables have names of their own: what is dropped at the end was made here.
  prefix=$database.${given:+smoke_$(date +%s)_$$_}
  unset SPARK_HOME SPARK_CONF_DIR SPARK_ENV_LOADED SPARK_DIST_CLASSPATH SPARK_MASTER HADOOP_CONF_DIR YARN_CONF_DIR HIVE_CONF_DIR
  read_spark_version "$home"
  # What the dist's own bin/beeline does; the recipe installs no beeline.
  local connect=("$home/bin/spark-class" org.apache.hive.beeline.BeeLine)
  if [[ -x $home/bin/beeline ]]; then connect=("$home/bin/beeline"); fi
  if [[ -n $keytab ]]; then
    export KRB5CCNAME=FILE:$work/ticket
    question login ask_login || exit 1
    # With clients of another kind, such as LDAP's, the keys are for the cluster alone.
    if [[ $url == *';principal='* ]]; then user=''; fi
  fi
  beeline=("${connect[@]}" -u "$url" ${user:+-n "$user"})
  question connect ask_connect || exit 1
  made=yes
  if [[ -z $given ]]; then question database ask_database || exit 1; fi
  question table ask_first_table || exit 1
  question engine ask_engine || true
  question view ask_more || true
  question error ask_wrong || true
  question sessions ask_both_sessions || true
  question temporary ask_temporary || true
  question cancel ask_stop || true
  if [[ -n $spark_sql ]]; then question spark-sql ask_sql || true; fi
  ((failed == 0))
}
