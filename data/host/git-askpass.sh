#!/bin/sh
# Answers git's questions for the login of a source whose URL has one, so that it stands in no list of processes.
# Answers for that host alone: a redirect may lead git to another.
case $1 in
  "Username for '"*"://$BUILD_SPARK_GIT_HOST"*) printf '%s\n' "$BUILD_SPARK_GIT_USERNAME" ;;
  "Password for '"*"@$BUILD_SPARK_GIT_HOST"*) printf '%s\n' "$BUILD_SPARK_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
