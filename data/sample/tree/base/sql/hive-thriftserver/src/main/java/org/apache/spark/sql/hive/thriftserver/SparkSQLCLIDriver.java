package org.apache.spark.sql.hive.thriftserver;

import org.apache.spark.Version;

/** What bin/spark-sql starts. */
public final class SparkSQLCLIDriver {
  private SparkSQLCLIDriver() {}

  public static void main(String[] args) {
    if (Version.asked(args, "Spark SQL")) {
      return;
    }
    System.err.println("The sample has no engine: spark-sql answers --version only.");
    System.exit(1);
  }
}
