DISTDIR="$SPARK_HOME/dist"
MVN="$SPARK_HOME/build/mvn"
NAME=
MAKE_TGZ=false

usage() {
  set +x
  echo "make-distribution.sh - builds a distribution of the sample"
  echo
  echo "usage: make-distribution.sh [--name <name>] [--tgz] [--mvn <command>] [--target <directory>] [<arguments of Maven>]"
  exit "$1"
}

while (($#)); do
  case "$1" in
    --name)
      NAME="$2"
      shift
      ;;
    --tgz)
      MAKE_TGZ=true
      ;;
    --mvn)
      MVN="$2"
      shift
      ;;
    --target)
      DISTDIR="$2"
      shift
      ;;
    --help)
      usage 0
      ;;
@OPTION_CASES@
    *) # The first argument that is not ours ends our options; all that follow are Maven's.
      break
      ;;
  esac
  shift
done

if [ -z "$JAVA_HOME" ]; then
  echo "Error: JAVA_HOME is not set: it names the JDK to build with."
  exit 1
fi

if ! command -v "$MVN" > /dev/null; then
  echo "Error: no Maven at '$MVN': name one with --mvn <command>."
  exit 1
fi
