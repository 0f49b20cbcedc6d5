# Stands for the file that Cloudera Manager generates: it sets SPARK_HOME to the parcel's, which is the trap.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SPARK_CONF_DIR=${SPARK_CONF_DIR:-$here}
export SPARK_HOME=@PARCEL@/lib/spark
export HADOOP_HOME=${HADOOP_HOME:-@PARCEL@/lib/hadoop}
export HADOOP_COMMON_HOME=$HADOOP_HOME
export PYSPARK_ARCHIVES_PATH=local:$SPARK_HOME/python/lib/pyspark.zip
HADOOP_CONF_DIR=${HADOOP_CONF_DIR:-$SPARK_CONF_DIR/yarn-conf}
if [ -d /etc/hive/conf ]; then HADOOP_CONF_DIR=$HADOOP_CONF_DIR:/etc/hive/conf; fi
export HADOOP_CONF_DIR
SPARK_DIST_CLASSPATH=$(paste -sd: "$here/classpath.txt")
export SPARK_DIST_CLASSPATH
