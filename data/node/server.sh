# shellcheck shell=bash
# What the Thriftserver will really do, from all the places it reads: its command line, hive-site.xml, the environment
# that spark-env.sh makes. Sourced by control.sh, and run on the node before an install. Changes nothing.

# hive_value FILE KEY: the value of a property in a configuration file of Hadoop's kind.
hive_value() {
  [[ -r $1 ]] || return 0
  awk -v key="$2" '
    function inner(text, tag,    from, end) {
      from = index(text, "<" tag ">")
      end = index(text, "</" tag ">")
      if (!from || end <= from) return ""
      text = substr(text, from + length(tag) + 2, end - from - length(tag) - 2)
      gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", text)
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&amp;/, "\\&", text)
      return text
    }
    {text = text $0 "\n"}
    END {
      while (from = index(text, "<!--")) {
        rest = substr(text, from)
        end = index(rest, "-->")
        text = substr(text, 1, from - 1) (end ? substr(rest, end + 3) : "")
      }
      count = split(text, parts, "</property>")
      for (each = 1; each <= count; each++) if (inner(parts[each], "name") == key) value = inner(parts[each], "value")
      print value
    }' "$1"
}

# read_hiveconf WORD...: sets the array hiveconf to what each --hiveconf of these words gives.
read_hiveconf() {
  hiveconf=()
  while (($# > 0)); do
    case $1 in
      --hiveconf | -hiveconf)
        hiveconf+=("${2-}")
        shift
        ;;
      --hiveconf=* | -hiveconf=*) hiveconf+=("${1#*hiveconf=}") ;;
    esac
    (($# == 0)) || shift
  done
}

# option_value KEY WORD...: what the last --hiveconf of these words says.
option_value() {
  local key=$1 found='' word hiveconf
  shift
  read_hiveconf "$@"
  for word in ${hiveconf[@]+"${hiveconf[@]}"}; do
    if [[ $word == "$key="* ]]; then found=${word#*=}; fi
  done
  printf '%s' "$found"
}

# read_spark_words WORD...: sets the array spark_words to each --hiveconf of these words once more, in Spark's own words.
# To Spark 2, hive-site.xml counts more than --hiveconf, and these more than both.
read_spark_words() {
  local word hiveconf
  read_hiveconf "$@"
  spark_words=()
  for word in ${hiveconf[@]+"${hiveconf[@]}"}; do
    if [[ $word == ?*=* ]]; then spark_words+=(--conf "spark.hadoop.$word"); fi
  done
}

# read_settings MODE PORT HOST: sets the array settings to what is said to a server of Spark, whatever is said to HiveServer2.
# The mode is said too, so that nothing else that sets it makes another one of it than was found out. With doAs the server
# of Spark 1 does not start; and without it, where YARN has the fair scheduler, Hive's classes would look for a queue of
# MapReduce for the user, with a class that Spark 2 does not have.
read_settings() {
  # shellcheck disable=SC2034
  settings=(
    "hive.server2.transport.mode=$1" "hive.server2.thrift.port=$2" "hive.server2.thrift.http.port=$2"
    "hive.server2.thrift.bind.host=$3" hive.server2.enable.doAs=false hive.server2.map.fair.scheduler.queue=false
  )
}

# say_where MODE PORT HOST: says it in the environment too, which Hive's classes ask before all else.
say_where() {
  if [[ $1 == http ]]; then export HIVE_SERVER2_THRIFT_HTTP_PORT=$2; else export HIVE_SERVER2_THRIFT_PORT=$2; fi
  export HIVE_SERVER2_THRIFT_BIND_HOST=$3
}

# spark_environment FILE NAME: a variable as the server gets it. Spark exports whatever its spark-env.sh sets.
spark_environment() {
  # shellcheck disable=SC2016
  timeout 20 bash -c 'if [ -f "$1" ]; then . "$1" >/dev/null 2>&1; fi; printf "%s" "${!2-}"' bash "$1" "$2" </dev/null || true
}

# resolve_server SITE SPARK_ENV PORT HOST WORD...: sets mode, listen_port, listen_host and where the last two come from.
# Hive's classes ask the environment before their configuration. HIVE_SERVER2_TRANSPORT_MODE counts in HiveServer2
# alone; in Spark's it would only take the port of the other transport, so our spark-env.sh removes it.
resolve_server() {
  local site=$1 environment=$2 given variable key
  listen_port=$3 listen_host=$4 port_from='' host_from=''
  shift 4
  mode=$(option_value hive.server2.transport.mode "$@")
  if [[ -z $mode ]]; then mode=$(hive_value "$site" hive.server2.transport.mode); fi
  if [[ ${mode,,} == http ]]; then
    mode=http key=hive.server2.thrift.http.port variable=HIVE_SERVER2_THRIFT_HTTP_PORT
  else
    mode=binary key=hive.server2.thrift.port variable=HIVE_SERVER2_THRIFT_PORT
  fi
  given=$(option_value "$key" "$@")
  if [[ -n $given ]]; then listen_port=$given port_from="--hiveconf $key"; fi
  given=$(spark_environment "$environment" "$variable")
  if [[ -n $given ]]; then listen_port=$given port_from="$variable of the environment"; fi
  if [[ ! $listen_port =~ ^[0-9]{1,5}$ ]]; then
    echo "Port \"$listen_port\"${port_from:+ ($port_from)} is not a port." >&2
    return 1
  fi
  given=$(option_value hive.server2.thrift.bind.host "$@")
  if [[ -n $given ]]; then listen_host=$given host_from='--hiveconf hive.server2.thrift.bind.host'; fi
  given=$(spark_environment "$environment" HIVE_SERVER2_THRIFT_BIND_HOST)
  if [[ -n $given ]]; then listen_host=$given host_from='HIVE_SERVER2_THRIFT_BIND_HOST of the environment'; fi
}

# server_setting SITE KEY WORD...: of the command line, else of hive-site.xml.
server_setting() {
  local site=$1 key=$2 found
  shift 2
  found=$(option_value "$key" "$@")
  if [[ -z $found ]]; then found=$(hive_value "$site" "$key"); fi
  printf '%s' "$found"
}

# listening_inode PORT: of the socket that listens there. Looked up in the kernel's tables: a connection that says nothing
# would leave a stack trace in the server's log.
listening_inode() {
  local hex
  printf -v hex ':%04X' "$((10#$1))"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port {print $10; exit}'
}
is_listening() { [[ -n $(listening_inode "$1") ]]; }

# owns_port PID PORT: whether that process listens there. Only root and its user can know.
owns_port() {
  local inode descriptor
  inode=$(listening_inode "$2")
  [[ -n $inode ]] || return 1
  for descriptor in "/proc/$1/fd/"*; do
    if [[ $(readlink "$descriptor" 2>/dev/null) == "socket:[$inode]" ]]; then return 0; fi
  done
  return 1
}

# gone_jars CLASSPATH: what it names and is not there any more.
gone_jars() {
  local path
  [[ -r $1 ]] || return 0
  while IFS= read -r path || [[ -n $path ]]; do
    if [[ $path == /* && $path != *[*?]* && ! -e $path ]]; then printf '%s\n' "$path"; fi
  done <"$1"
}

# parcel_version LINK: `5.7.0` of a link to CDH-5.7.0-1.cdh5.7.0.p0.45; `2.2.0.cloudera4` of one of SPARK2.
parcel_version() {
  local name
  name=$(basename "$(readlink -f "$1")")
  if [[ $name =~ ^(CDH|SPARK2)-([0-9]+\.[0-9]+\.[0-9]+(\.cloudera[0-9]+)?)- ]]; then printf '%s' "${BASH_REMATCH[2]}"; fi
}

# why_it_ended LOG: the lines that say why: the first error with its exception, and what caused that.
why_it_ended() {
  awk '
    function keep(line) {if (!(line in seen)) {seen[line] = 1; print "  " line; shown++}}
    BEGIN {name = "^([A-Za-z_$][A-Za-z0-9_$]*\\.)+[A-Za-z0-9_$]*(Exception|Error|Throwable)(:|$)"}
    {sub(/\r$/, "")}
    shown >= 4 {exit}
    / (ERROR|FATAL) |^(ERROR|FATAL)[: ]/ && !within {keep($0); within = 1; next}
    /^Exception in thread |^Error(:| occurred)|^Unrecognized (VM )?option|^# There is insufficient memory/ {keep($0); within = 1; next}
    $0 ~ name {if (within < 2) keep($0); within = 2; next}
    /^Caused by: / && within {cause = $0; next}
    /^[ \t]/ {next}
    cause != "" {keep(cause); cause = ""}
    END {if (cause != "") keep(cause); exit !shown}
  ' "$1"
}

# cluster_security SPARK_ENV: hadoop.security.authentication, of the configuration that the server will have.
cluster_security() {
  local folder folders
  IFS=: read -ra folders <<<"$(spark_environment "$1" HADOOP_CONF_DIR)"
  for folder in ${folders[@]+"${folders[@]}"} /etc/hadoop/conf; do
    if [[ -r $folder/core-site.xml ]]; then
      hive_value "$folder/core-site.xml" hadoop.security.authentication
      return
    fi
  done
}

# tell_keytab KEYTAB USER: what is wrong with that file for that user, or the principals in it, where klist can tell.
tell_keytab() {
  local keytab=$1 user=$2 list
  as_user() { if [[ $(id -u) == 0 && $user != root ]]; then runuser -u "$user" -- "$@"; else "$@"; fi; }
  if [[ ! -e $keytab ]]; then
    printf 'keytabState\tabsent\n'
  elif id -u "$user" >/dev/null 2>&1 && ! as_user test -r "$keytab" </dev/null; then
    printf 'keytabState\tunreadable\n'
  elif [[ ! -f $keytab || $(od -An -tx1 -N1 "$keytab" 2>/dev/null) != ' 05' ]]; then # Nobody waits for a FIFO.
    printf 'keytabState\tinvalid\n'
  elif command -v klist >/dev/null && list=$(klist -k "$keytab" 2>/dev/null </dev/null); then
    awk '$1 ~ /^[0-9]+$/ && !seen[$2]++ {print "keytabPrincipal\t" $2}' <<<"$list"
  fi
}

# tell_server SITE SPARK_ENV OWN PORT HOST USER RUN KEYTAB: for an install, one "key<tab>value" a line.
# shellcheck disable=SC2034 # thriftserver_options and port may be set by OWN.
tell_server() {
  local site=$1 environment=$2 own=$3 port=$4 host=$5 user=$6 run=$7 keytab=$8 pid
  local thriftserver_options=()
  # shellcheck source=/dev/null
  if [[ -r $own ]]; then . "$own"; fi
  say() { if [[ -n $2 ]]; then printf '%s\t%s\n' "$1" "$2"; fi; }
  setting() { server_setting "$site" "$1" ${thriftserver_options[@]+"${thriftserver_options[@]}"}; }
  resolve_server "$site" "$environment" "$port" "$host" ${thriftserver_options[@]+"${thriftserver_options[@]}"} || return
  say mode "$mode"
  say port "$listen_port"
  say portFrom "$port_from"
  if [[ -n $host_from ]]; then say host "$listen_host"; fi
  say httpPath "$(setting hive.server2.thrift.http.path)"
  say ssl "$(setting hive.server2.use.SSL)"
  say authentication "$(setting hive.server2.authentication)"
  say security "$(cluster_security "$environment")"
  for pid in "$run"/*.pid; do
    if [[ -r $pid ]] && owns_port "$(<"$pid")" "$listen_port"; then say listener ours; fi
  done
  if is_listening "$listen_port"; then say listener other; fi # The first counts.
  say principal "$(setting hive.server2.authentication.kerberos.principal)"
  keytab=${keytab:-$(setting hive.server2.authentication.kerberos.keytab)}
  # A mere name is of the folder that Cloudera Manager makes for each start of HiveServer2.
  if [[ $keytab == /* ]]; then
    say keytab "$keytab"
    tell_keytab "$keytab" "$user"
  fi
}
