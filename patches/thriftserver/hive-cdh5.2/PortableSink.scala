// Where an insert writes to, in a form that can be sent to the executors: Hive 0.13 keeps a Path in it, which cannot.
package org.apache.spark.sql.hive.execution

import org.apache.hadoop.fs.Path
import org.apache.hadoop.hive.ql.plan.{FileSinkDesc, TableDesc}

private[execution] class PortableSink(folder: Path, table: TableDesc, isCompressed: Boolean)
  extends FileSinkDesc(folder, table, isCompressed) {

  private def writeReplace(): AnyRef =
    new PortableSink.Sent(getDirName.toString, getTableInfo, getCompressed, getCompressCodec, getCompressType)
}

private[execution] object PortableSink {
  class Sent(folder: String, table: TableDesc, isCompressed: Boolean, codec: String, kind: String)
    extends Serializable {

    private def readResolve(): AnyRef = {
      val sink = new PortableSink(new Path(folder), table, isCompressed)
      sink.setCompressCodec(codec)
      sink.setCompressType(kind)
      sink
    }
  }
}
