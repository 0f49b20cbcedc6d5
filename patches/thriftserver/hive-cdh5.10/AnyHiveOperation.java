// Stands between Hive's ExecuteStatementOperation and Spark's, so that a statement can be cancelled whichever
// form Hive calls: CDH's Hive gives the state to end in since 5.10, every earlier one, and Apache's Hive 1.1,
// gives nothing. Neither method may have @Override: each Hive has only one of them.
package org.apache.spark.sql.hive.thriftserver;

import java.util.Map;
import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.OperationState;
import org.apache.hive.service.cli.operation.ExecuteStatementOperation;
import org.apache.hive.service.cli.session.HiveSession;

public abstract class AnyHiveOperation extends ExecuteStatementOperation {
  protected AnyHiveOperation(
      HiveSession session, String statement, Map<String, String> settings, boolean isAsync) {
    super(session, statement, settings, isAsync);
  }

  /** What Spark implements; it ends in the state CANCELED. */
  public abstract void cancel() throws HiveSQLException;

  /**
   * What Hive calls since CDH 5.10.
   *
   * @param stateAfterwards CANCELED: only Hive's own engine, which is not used, knows another
   */
  public void cancel(OperationState stateAfterwards) throws HiveSQLException {
    cancel();
  }
}
