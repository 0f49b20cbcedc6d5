// A statement of a client, run by Spark and handed out in the form of Hive 0.13. Takes the place of what Spark 1.1
// has for Hive 0.12, whose rows and operations were other classes.
package org.apache.spark.sql.hive.thriftserver.server

import java.util.{Map => JMap}

import scala.collection.JavaConversions._
import scala.collection.mutable.Map

import org.apache.hadoop.hive.metastore.api.FieldSchema
import org.apache.hive.service.cli._
import org.apache.hive.service.cli.operation.ExecuteStatementOperation
import org.apache.hive.service.cli.session.HiveSession

import org.apache.spark.Logging
import org.apache.spark.sql.{Row => SparkRow, SQLConf}
import org.apache.spark.sql.catalyst.expressions.Attribute
import org.apache.spark.sql.catalyst.plans.logical.SetCommand
import org.apache.spark.sql.catalyst.types._
import org.apache.spark.sql.hive.{HiveContext, HiveMetastoreTypes}

/** @param pools The scheduler's pool that a session has chosen, for its next statements. */
private[thriftserver] class SparkExecuteStatementOperation(
    session: HiveSession,
    statement: String,
    settings: JMap[String, String],
    context: HiveContext,
    pools: Map[HiveSession, String])
  // The last argument: not in the background, since Spark's own state of a session goes with its thread.
  extends ExecuteStatementOperation(session, statement, settings, false)
  with Logging {

  private type Answer = HiveContext#QueryExecution

  private var answer: Answer = _
  private var columns: Seq[Attribute] = Nil
  private var rows: Iterator[SparkRow] = Iterator.empty

  def run(): Unit = {
    logInfo(s"Running query '$statement'")
    setState(OperationState.RUNNING)
    try {
      answer = context.sql(statement).queryExecution.asInstanceOf[Answer]
      answer.logical match {
        case SetCommand(Some(SQLConf.THRIFTSERVER_POOL), Some(pool)) => pools(session) = pool
        case _ =>
      }
      val spark = context.sparkContext
      spark.setJobGroup(getHandle.getHandleIdentifier.toString, statement)
      pools.get(session).foreach(spark.setLocalProperty("spark.scheduler.pool", _))
      val isIncremental = context.getConf("spark.sql.thriftServer.incrementalCollect", "false").toBoolean
      rows = if (isIncremental) answer.toRdd.toLocalIterator else answer.toRdd.collect().iterator
      columns = answer.analyzed.output
      setHasResultSet(true)
    } catch {
      // Not only exceptions: Hive would say nothing of an error.
      case error: Throwable =>
        setState(OperationState.ERROR)
        logError(s"The query '$statement' failed", error)
        throw new HiveSQLException(error.toString)
    }
    setState(OperationState.FINISHED)
  }

  def getResultSetSchema: TableSchema = new TableSchema(
    if (columns.isEmpty) List(new FieldSchema("Result", "string", ""))
    else columns.map(column => new FieldSchema(column.name, nameOf(column.dataType), "")))

  def getNextRowSet(order: FetchOrientation, limit: Long): RowSet = {
    validateDefaultFetchOrientation(order)
    assertState(OperationState.FINISHED)
    val set = RowSetFactory.create(getResultSetSchema, getProtocolVersion)
    var left = limit
    while (left > 0 && rows.hasNext) {
      val values = columns.zip(rows.next()).map { case (column, value) => toHive(value, column.dataType) }
      set.addRow(values.toArray)
      left -= 1
    }
    set
  }

  /** Spark keeps nothing of a statement that would have to be given back. */
  def close(): Unit = rows = Iterator.empty

  /** Decimals of Spark 1.1 have any precision; Hive 0.13 wants one, and takes this where it is not told. */
  private def nameOf(kind: DataType): String =
    if (kind == DecimalType) "decimal(38,18)" else HiveMetastoreTypes.toMetastoreType(kind)

  private def toHive(value: Any, kind: DataType): AnyRef = (value, kind) match {
    case (null, _) => null
    case (decimal: BigDecimal, _) => decimal.bigDecimal
    case (_, _: ArrayType | _: StructType | _: MapType) => answer.toHiveString((value, kind))
    case (other, _) => other.asInstanceOf[AnyRef]
  }
}
