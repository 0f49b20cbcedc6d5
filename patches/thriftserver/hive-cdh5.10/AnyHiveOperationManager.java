// Stands between Hive's OperationManager and Spark's, so that Hive asks Spark for the operation of a
// statement whichever form it calls: CDH's Hive has five arguments since 5.10, every earlier one four, and
// Apache's Hive 1.1 has four. Neither method may have @Override: each Hive has only one of them. The one that
// a Hive does not know is a method nobody calls; without it, that Hive would silently run its own engine.
package org.apache.spark.sql.hive.thriftserver.server;

import java.util.Map;
import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.operation.ExecuteStatementOperation;
import org.apache.hive.service.cli.operation.OperationManager;
import org.apache.hive.service.cli.session.HiveSession;

public abstract class AnyHiveOperationManager extends OperationManager {
  /** What Spark implements. */
  public abstract ExecuteStatementOperation newExecuteStatementOperation(
      HiveSession session, String statement, Map<String, String> settings, boolean isAsync)
      throws HiveSQLException;

  /**
   * What Hive calls since CDH 5.10.
   *
   * @param timeoutSeconds not kept, as Spark's Thriftserver keeps none on the earlier releases either
   */
  public ExecuteStatementOperation newExecuteStatementOperation(
      HiveSession session,
      String statement,
      Map<String, String> settings,
      boolean isAsync,
      long timeoutSeconds)
      throws HiveSQLException {
    return newExecuteStatementOperation(session, statement, settings, isAsync);
  }
}
