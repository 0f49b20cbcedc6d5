# shellcheck shell=bash
# Part of smoke.sh, which reads it while the server runs: a view, a window function, an error, two sessions, a cancelled
# statement. Uses smoke.sh's functions and variables; sets `cancelled`.
# shellcheck disable=SC2154,SC2034 # Variables of smoke.sh's.

# Beeline's own exit code is no help before Hive 1.1, so what it printed is looked at.
said() { grep -aoE "\b$2=[A-Za-z0-9_]+" "$logs/$1.log" | tail -n 1 | cut -d= -f2 || true; } # name of the log, word

# --- A view, a window function where Spark has them.
queries=("create view build_spark_view as select a, b from build_spark_smoke where a = 1"
  "select concat('build_spark_view=', b) from build_spark_view")
is_spark 1 4 && queries+=("select concat('build_spark_window=', cast(row_number() over (partition by b order by a) as string)) from build_spark_smoke")
queries+=('drop view build_spark_view')
say "view${queries[3]:+, window function}"
ask_beeline queries "${queries[@]}"
[[ $(said queries build_spark_view) == x ]] || fail "a view answers '$(said queries build_spark_view)' where 'x' was inserted: $(first_error "$logs/queries.log")"
if is_spark 1 4; then
  [[ $(said queries build_spark_window) == 1 ]] || fail "a window function answers '$(said queries build_spark_window)' where 1 is right: $(first_error "$logs/queries.log")"
fi

# --- A statement that is wrong: its error comes back, and the server goes on.
say 'a failing statement, then two sessions at once'
wrong='select build_spark_nothing from build_spark_smoke'
timeout "$query_limit_s" "$dist/bin/beeline" -u "jdbc:hive2://127.0.0.1:$port/default" -n "$(id -un)" -e "$wrong" \
  >"$logs/wrong.log" 2>&1 </dev/null || true
grep -aiE 'error|exception|cannot|unresolved' "$logs/wrong.log" | grep -q build_spark_nothing ||
  fail "a statement with a column that is not there brings back no error that names it: $(tail -n 1 "$logs/wrong.log")"
session_pids=()
for name in one two; do
  (ask_beeline "session-$name" "select concat('build_spark_session=$name', cast(count(*) as string)) from build_spark_smoke") &
  session_pids+=($!)
done
for pid in "${session_pids[@]}"; do wait "$pid" || true; done
for name in one two; do
  [[ $(said "session-$name" build_spark_session) == "${name}1" ]] || fail "of two sessions at once, session $name answers '$(said "session-$name" build_spark_session)': $(first_error "$logs/session-$name.log")"
done

# --- A statement that is cancelled as Ctrl-C does it: whether Spark's job ends with it is told, and no more.
wait_for_log() { # seconds, pattern: in what the server has logged since `mark`
  local waited
  for ((waited = 0; waited < $1 * 5; waited++)); do
    tail -n "+$mark" "$(server_log)" | grep -qE "$2" && return
    sleep 0.2
  done
  return 1
}
if is_spark 1 5; then
  say 'a cancelled statement'
  mark=$(($(wc -l <"$(server_log)") + 1))
  sleeping="select reflect('java.lang.Thread', 'sleep', cast(60000 as bigint)) from build_spark_smoke"
  set -m # Without it the program in the background would ignore the signal.
  "$dist/bin/beeline" -u "jdbc:hive2://127.0.0.1:$port/default" -n "$(id -un)" -e "$sleeping" >"$logs/cancelled.log" 2>&1 </dev/null &
  client=$!
  set +m
  cancelled=false
  if wait_for_log 60 'Starting task|Running task'; then
    kill -INT -- "-$client" 2>/dev/null || true # What Ctrl-C does.
    wait_for_log 15 'Asked to cancel job group|[Cc]ancelled job group|Cancelling stage' && cancelled=true
  fi
  kill -9 -- "-$client" 2>/dev/null || true
  wait "$client" 2>/dev/null || true
fi
