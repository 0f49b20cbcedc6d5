# shellcheck shell=bash
# What a Spark of this parcel takes from the cluster: Cloudera's settings without what only Cloudera's own Spark can
# follow. Sourced by the parcel's commands and by the role of Cloudera Manager. Changes nothing but the folder it is given.
parcel=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
parcels=$(dirname "$parcel")
# shellcheck source=/dev/null
. "$parcel/etc/settings.sh"
# shellcheck source=data/node/server.sh
. "$parcel/etc/server.sh"
# shellcheck disable=SC2154 # folder and the others are of settings.sh.
home=$parcel/lib/$folder

# cluster_settings FILE: Cloudera's spark-defaults.conf as far as another Spark can follow it.
cluster_settings() {
  [[ -r $1 ]] || return 0
  # shellcheck disable=SC2154
  awk -v jars="$jar_keys" -v lineage_keys="$lineage_keys" -v listeners="$listener_keys" -v lineage="$lineage" '
    {
      line = $0
      sub(/\r$/, "", line)
      sub(/^[ \t]+/, "", line)
      if (line == "" || line ~ /^#/) next
      if (!match(line, /[ \t=:]/)) next
      key = tolower(substr(line, 1, RSTART - 1))
      value = substr(line, RSTART)
      sub(/^[ \t]*[=:]?[ \t]*/, "", value)
      if (key ~ jars || key ~ lineage_keys) next
      if (key ~ listeners && tolower(value) ~ lineage) {
        count = split(value, names, /[ \t]*,[ \t]*/)
        rest = ""
        for (each = 1; each <= count; each++)
          if (names[each] != "" && tolower(names[each]) !~ lineage) rest = rest (rest == "" ? "" : ",") names[each]
        if (rest != "") print substr(line, 1, RSTART - 1) "=" rest
        next
      }
      print line
    }' "$1"
}

# has_setting FILE PATTERN: whether a key begins like that.
has_setting() { grep -qE "^[[:space:]]*$2" "$1" 2>/dev/null; }

# fill TEXT: a setting with the folders of this node in it.
fill() {
  local text=${1//@home@/$home}
  echo "${text//@parcels@/$parcels}"
}

# own_settings FILE: what our Spark needs besides the cluster's settings in FILE.
own_settings() {
  # shellcheck disable=SC2154
  if ! has_setting "$1" 'spark[.]master[[:space:]=:]'; then echo "spark.master=$master"; fi
  # shellcheck disable=SC2154
  if [[ -n $metastore_version ]] && ! has_setting "$1" 'spark[.]sql[.]hive[.]metastore[.]'; then
    echo "spark.sql.hive.metastore.version=$metastore_version"
    fill "spark.sql.hive.metastore.jars=$metastore_jars"
  fi
  # By file: YARN hands them to every node, also to one on which this parcel is not active yet.
  # shellcheck disable=SC2154
  fill "$jars_setting"
}

# make_conf TARGET SITE: fills a conf folder with Cloudera's settings, ours, and the cluster's Hive. The caller made it so
# that nobody else can enter it: passwords may stand in all three.
make_conf() {
  local target=$1 site=$2
  ln -sfn "$parcel/etc/spark-env.sh" "$target/spark-env.sh"
  # shellcheck disable=SC2154
  cluster_settings "$cloudera_conf/spark-defaults.conf" >"$target/spark-defaults.conf"
  own_settings "$target/spark-defaults.conf" >"$target/own.conf"
  cat "$target/own.conf" >>"$target/spark-defaults.conf"
  rm -f "$target/own.conf"
  if [[ -r $site ]]; then cp "$site" "$target/hive-site.xml"; fi
  if [[ -r $cloudera_conf/log4j.properties ]]; then cp "$cloudera_conf/log4j.properties" "$target/"; fi
}

# look_at_cluster: why nothing of this parcel can run here, on stderr; fails then.
look_at_cluster() {
  local now gone
  # shellcheck disable=SC2154
  now=$(parcel_version "$parcels/$cloudera_parcel")
  # shellcheck disable=SC2154
  if [[ $now != "$cloudera_version" ]]; then
    echo "The parcel ${parcel##*/} is for $cloudera_parcel $cloudera_version, and ${now:-none} is active here: classes would be missing, or behave in another way." >&2
    echo "Activate a parcel of build-spark that is for the active one." >&2
    return 1
  fi
  if [[ ! -r $cloudera_conf/classpath.txt ]]; then
    echo "$cloudera_conf/classpath.txt is not there: the class path of the cluster is taken from it." >&2
    echo "In Cloudera Manager, add a gateway role of Cloudera's ${spark_label:-Spark} to this host and deploy its client configuration." >&2
    return 1
  fi
  gone=$(gone_jars "$cloudera_conf/classpath.txt")
  if [[ -n $gone ]]; then
    echo "$cloudera_conf/classpath.txt names $(wc -l <<<"$gone") files that are gone, the first: $(head -n 1 <<<"$gone")" >&2
    echo "Deploy the client configuration of ${spark_label:-Spark} in Cloudera Manager, which makes that file anew." >&2
  fi
}
