# shellcheck shell=bash
# The questions that a Thriftserver is asked through beeline, as functions: of smoke.sh in the machine that built it, and
# of data/node/smoke.sh on a node of a cluster. Whoever reads this file sets `beeline` (the words that connect to the
# server), `prefix` (of the names of tables), `logs` (a folder), `query_limit_s`, and has the functions say, fail and server_log.
# On a cluster they are named with their database: Spark 1's server takes no notice of the one in the address, and before 1.6 `use`
# would change it for all sessions.
# Each function fails through `fail`, or says what it found in the variables that it names.
# shellcheck disable=SC2154,SC2034 # Variables of theirs.
count_query() { # table
  echo "select concat('build_spark_rows=', cast(count(*) as string)) from ${prefix}$1"
}

# `1 6`; nothing where the dist does not say.
read_spark_version() { # folder of the dist
  read -r spark_major spark_minor < <(sed -nE '1s/^Spark ([0-9]+)\.([0-9]+).*/\1 \2/p' "$1/RELEASE" 2>/dev/null || true) || true
}
is_spark() { # at least this version; what does not say is taken for an old one
  [[ -n $spark_major ]] && ((spark_major > $1 || (spark_major == $1 && spark_minor >= $2)))
}

# The line of a log that most likely says why: of an uncaught exception what caused it, before all else that looks like an error.
first_error() {
  local pattern
  if grep -aqE '^Exception in thread' -- "$1" 2>/dev/null; then
    grep -aE '^(Exception in thread|Caused by:)' -- "$1" | tail -n 1 | cut -c1-300
    return
  fi
  for pattern in '^(Exception in thread|Caused by:)|Could not|^Error: ' ' (ERROR|FATAL) ' 'Exception|Error'; do
    grep -aE -m1 -- "$pattern" "$1" 2>/dev/null | cut -c1-300 && return
  done
  grep -a '[^ ]' -- "$1" 2>/dev/null | tail -n 1 | cut -c1-300 || true
}
# Runs a program for at most so many seconds; what fails is told with the first error of its log, or that it took too long.
limited() { # what it is, seconds, file for its output, file for its errors (may be the same), command ...
  local what=$1 limit_s=$2 out=$3 err=$4 code=0
  shift 4
  : >"$out"
  : >"$err"
  timeout "$limit_s" "$@" >>"$out" 2>>"$err" </dev/null || code=$?
  ((code != 124)) || fail "$what has not finished after $limit_s s"
  ((code == 0)) || fail "$what failed: $(first_error "$err")"
}
# One -e a statement, since Hive 1.1's beeline takes no `;` within one.
ask_beeline() { # name of the log, statements ...
  local name=$1 arguments=() statement
  shift
  for statement in "$@"; do arguments+=(-e "$statement"); done
  limited beeline "$query_limit_s" "$logs/$name.log" "$logs/$name.log" "${beeline[@]}" "${arguments[@]}"
}
# Beeline's own exit code is no help before Hive 1.1, so what it printed is looked at.
said() { grep -aoE "\b$2=[A-Za-z0-9_]+" "$logs/$1.log" | tail -n 1 | cut -d= -f2 || true; } # name of the log, word
rows_in() { grep -aoE 'build_spark_rows=[0-9]+' "$1" | head -n 1 | cut -d= -f2 || true; }

# --- A table. Sets connected_to, rows.
ask_table() {
  # One row, from the count of none: Spark 1.1 and 1.2 cannot read a select without a table.
  say 'beeline: create, insert, count'
  local table=${prefix}build_spark_smoke
  ask_beeline beeline "create table $table (a int, b string)" \
    "insert into table $table select 1, 'x' from (select count(*) as c from $table) q" "$(count_query build_spark_smoke)"
  connected_to=$(sed -n 's/^Connected to: *//p' "$logs/beeline.log" | head -n 1)
  rows=$(rows_in "$logs/beeline.log")
  [[ $connected_to == *Spark* ]] || fail "beeline is connected to '$connected_to', which is not Spark"
  [[ $rows == 1 ]] || fail "beeline counts '${rows:-nothing}' rows where 1 was inserted: $(first_error "$logs/beeline.log")"
}

# --- Was it Spark? Its own log says so: the statement went to Spark's operation, and jobs ran after it. Sets jobs, app_id,
# evidence.
prove_spark() {
  local ran
  ran=$(sed -n '/SparkExecuteStatementOperation: Running query .*build_spark_rows/,$p' "$(server_log)")
  [[ -n $ran ]] || fail "the server's log does not show that Spark's own operation ran the count: Hive may have answered"
  jobs=$(grep -cE '(DAGScheduler: Job [0-9]+|SparkContext: Job) finished' <<<"$ran" || true) # Spark 1.1 says the latter.
  ((jobs > 0)) || fail "the server's log shows no Spark job after the count: Hive may have answered"
  evidence="$jobs Spark job(s) in the server's log after SparkExecuteStatementOperation took the count"
  ask_beeline app-id 'set spark.app.id'
  app_id=$(grep -aoE '\b(local-[0-9]+|application_[0-9]+_[0-9]+)' "$logs/app-id.log" | head -n 1 || true) # Spark 1.x says <undefined>.
  [[ -z $app_id ]] || evidence+="; spark.app.id is $app_id"
}

# --- A view, a window function where Spark has them: 1.1 takes a view of Hive's for a table.
ask_view() {
  is_spark 1 2 || return 0
  local queries=("create view ${prefix}build_spark_view as select a, b from ${prefix}build_spark_smoke where a = 1"
    "select concat('build_spark_view=', b) from ${prefix}build_spark_view")
  is_spark 1 4 && queries+=("select concat('build_spark_window=', cast(row_number() over (partition by b order by a) as string)) from ${prefix}build_spark_smoke")
  queries+=("drop view ${prefix}build_spark_view")
  say "view${queries[3]:+, window function}"
  ask_beeline queries "${queries[@]}"
  [[ $(said queries build_spark_view) == x ]] || fail "a view answers '$(said queries build_spark_view)' where 'x' was inserted: $(first_error "$logs/queries.log")"
  if is_spark 1 4; then
    [[ $(said queries build_spark_window) == 1 ]] || fail "a window function answers '$(said queries build_spark_window)' where 1 is right: $(first_error "$logs/queries.log")"
  fi
}

# --- A statement that is wrong: its error comes back, and the server goes on.
ask_error() {
  local wrong="select build_spark_nothing from ${prefix}build_spark_smoke"
  say 'a failing statement'
  timeout "$query_limit_s" "${beeline[@]}" -e "$wrong" >"$logs/wrong.log" 2>&1 </dev/null || true
  grep -aiE 'error|exception|cannot|unresolved' "$logs/wrong.log" | grep -q build_spark_nothing ||
    fail "a statement with a column that is not there brings back no error that names it: $(tail -n 1 "$logs/wrong.log")"
}

ask_sessions() {
  local session_pids=() name pid
  say 'two sessions at once'
  for name in one two; do
    (ask_beeline "session-$name" "select concat('build_spark_session=$name', cast(count(*) as string)) from ${prefix}build_spark_smoke") &
    session_pids+=($!)
  done
  for pid in "${session_pids[@]}"; do wait "$pid" || true; done
  for name in one two; do
    [[ $(said "session-$name" build_spark_session) == "${name}1" ]] || fail "of two sessions at once, session $name answers '$(said "session-$name" build_spark_session)': $(first_error "$logs/session-$name.log")"
  done
}

# --- A statement that is cancelled as Ctrl-C does it: whether Spark's job ends with it is told, and no more. Sets cancelled:
# true, false, or null where that was not to be seen.
wait_for_log() { # seconds, pattern: in what the server has logged since `mark`
  local waited
  for ((waited = 0; waited < $1 * 5; waited++)); do
    # Counted: `grep -q` would end before tail does, which would then be the failure of both.
    (($(tail -n "+$mark" "$(server_log)" | grep -cE "$2") > 0)) && return
    sleep 0.2
  done
  return 1
}
ask_cancelled() {
  local sleeping client
  cancelled=null
  is_spark 1 5 || return 0
  say 'a cancelled statement'
  mark=$(($(wc -l <"$(server_log)") + 1))
  sleeping="select reflect('java.lang.Thread', 'sleep', cast(60000 as bigint)) from ${prefix}build_spark_smoke"
  set -m # Without it the program in the background would ignore the signal.
  "${beeline[@]}" -e "$sleeping" >"$logs/cancelled.log" 2>&1 </dev/null &
  client=$!
  set +m
  if wait_for_log 60 'Starting task|Running task'; then
    cancelled=false
    kill -INT -- "-$client" 2>/dev/null || true # What Ctrl-C does.
    if wait_for_log 15 'Asked to cancel job group|[Cc]ancelled job group|Cancelling stage'; then cancelled=true; fi
  fi
  kill -9 -- "-$client" 2>/dev/null || true
  wait "$client" 2>/dev/null || true
}
