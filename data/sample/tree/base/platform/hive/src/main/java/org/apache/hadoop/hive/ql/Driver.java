package org.apache.hadoop.hive.ql;

/** The second marker of the cluster's Hive: what would run a statement, if there were an engine. */
public final class Driver {
  public String run(String statement) {
    throw new UnsupportedOperationException("The sample has no engine and cannot run: " + statement);
  }
}
