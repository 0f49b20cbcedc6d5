if [ "$MAKE_TGZ" = true ]; then
  TARDIR="spark-$VERSION-bin-$NAME"
  rm -rf "${SPARK_HOME:?}/$TARDIR"
  cp -r "$DISTDIR" "$SPARK_HOME/$TARDIR"
  tar -czf "$SPARK_HOME/$TARDIR.tgz" -C "$SPARK_HOME" "$TARDIR"
  rm -rf "${SPARK_HOME:?}/$TARDIR"
fi
