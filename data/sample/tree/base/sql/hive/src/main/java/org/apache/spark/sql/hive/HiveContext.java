package org.apache.spark.sql.hive;

import org.apache.hadoop.hive.ql.Driver;

/** The way to Hive; in the sample every statement ends in an error that says so. */
public final class HiveContext {
  public String sql(String statement) {
    return new Driver().run(statement);
  }
}
