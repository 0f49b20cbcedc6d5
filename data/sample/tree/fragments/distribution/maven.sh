cd "$SPARK_HOME"
@MAVEN_OPTIONS@

# Asks Maven for the value of an expression; the last line that is no log line is the answer.
evaluate() {
  "$MVN" help:evaluate "-Dexpression=$1" "${@:2}" 2> /dev/null | grep -v -e INFO -e WARNING | tail -n 1
}

VERSION="$(evaluate project.version "$@")"
SCALA_VERSION="$(evaluate scala.binary.version "$@")"
SPARK_HADOOP_VERSION="$(evaluate hadoop.version "$@")"
# A profile of the module and not of the root: hence the -pl. No match is an answer too.
SPARK_HIVE="$("$MVN" help:evaluate -Dexpression=project.activeProfiles -pl sql/hive "$@" 2> /dev/null | grep -v -e INFO -e WARNING | grep -c '<id>hive</id>' || true)"
if [ -z "$NAME" ]; then
  NAME="$SPARK_HADOOP_VERSION"
fi
echo "Spark $VERSION for Scala $SCALA_VERSION and Hadoop $SPARK_HADOOP_VERSION, profile hive: $SPARK_HIVE"

GITREVSTRING=
if GITREV="$(git rev-parse --short HEAD 2> /dev/null)"; then
  GITREVSTRING=" (git revision $GITREV)"
fi

"$MVN" clean package -DskipTests "$@"

rm -rf "$DISTDIR"
mkdir -p "$DISTDIR"
echo "Spark $VERSION$GITREVSTRING built for Hadoop $SPARK_HADOOP_VERSION" > "$DISTDIR/RELEASE"
echo "Build flags: $*" >> "$DISTDIR/RELEASE"
