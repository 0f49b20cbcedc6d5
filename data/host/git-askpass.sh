#!/bin/sh
# Answers git's questions for the login of a source whose URL has one, so that it stands in no list of processes.
# Answers for that origin only: a redirect may lead git to another one, or to plain http.
# A question reads: Password for 'https://user@host:port/path':
scheme=${1%%://*}
place=${1#*://}
place=${place%\'*}
place=${place%%/*}
[ "${scheme##*\'}://${place##*@}" = "$BUILD_SPARK_GIT_ORIGIN" ] || exit 1
case $1 in
  Username*) printf '%s\n' "$BUILD_SPARK_GIT_USERNAME" ;;
  Password*) printf '%s\n' "$BUILD_SPARK_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
