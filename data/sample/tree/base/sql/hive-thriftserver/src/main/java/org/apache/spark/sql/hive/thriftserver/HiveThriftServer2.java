package org.apache.spark.sql.hive.thriftserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.spark.Version;

/** Listens where a Thriftserver would, and closes every connection: the sample has no engine. */
public final class HiveThriftServer2 {
  private static final String PORT = "hive.server2.thrift.port=";
  private static final int DEFAULT_PORT = 10000;

  private HiveThriftServer2() {}

  public static void main(String[] args) throws IOException {
    if (Version.asked(args, "Spark Thriftserver")) {
      return;
    }
    int port = DEFAULT_PORT;
    for (String arg : args) {
      if (arg.startsWith(PORT)) {
        port = Integer.parseInt(arg.substring(PORT.length()));
      }
    }
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      System.out.println("HiveThriftServer2 started on port " + socket.getLocalPort());
      while (true) {
        socket.accept().close();
      }
    }
  }
}
