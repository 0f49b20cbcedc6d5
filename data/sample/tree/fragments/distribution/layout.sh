cp "$SPARK_HOME/README.md" "$DISTDIR/"
cp -r "$SPARK_HOME/bin" "$SPARK_HOME/sbin" "$DISTDIR/"
mkdir -p "$DISTDIR/conf"
cp "$SPARK_HOME"/conf/*.template "$DISTDIR/conf/"

# SparkR, when its profile was on.
if [ -d "$SPARK_HOME/R/lib/SparkR" ]; then
  mkdir -p "$DISTDIR/R/lib"
  cp -r "$SPARK_HOME/R/lib/SparkR" "$SPARK_HOME/R/lib/sparkr.zip" "$DISTDIR/R/lib/"
fi
