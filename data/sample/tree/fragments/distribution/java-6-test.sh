# This line was meant for JDK 6: whoever builds with another one is asked first.
if [ "${SKIP_JAVA_TEST:-}" != true ] && ! "$JAVA_HOME/bin/java" -version 2>&1 | grep -q 'version "1\.6'; then
  echo "The JDK in $JAVA_HOME is newer than 6; --skip-java-test leaves this question out."
  read -r -p "Build with it? [y/n] " ANSWER
  if [ "$ANSWER" != y ]; then
    exit 1
  fi
fi
