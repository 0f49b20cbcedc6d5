# CDH: remove scripts for which the actual code is not included.
rm "$DISTDIR/bin/spark-sql"
rm "$DISTDIR/bin/beeline"
rm "$DISTDIR/bin/sparkR"
rm "$DISTDIR/sbin/start-thriftserver.sh"
rm "$DISTDIR/sbin/stop-thriftserver.sh"
