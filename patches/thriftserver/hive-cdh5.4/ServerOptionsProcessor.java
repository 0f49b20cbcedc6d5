// Takes the place of the class of this name that Hive had up to 0.13, which Spark 1.3 starts with: Hive 1.1 has it
// inside HiveServer2, for its own package alone, with another method. Reads the options by Hive's own reader.
package org.apache.hive.service.server;

public class ServerOptionsProcessor {
  private final HiveServer2.ServerOptionsProcessor reader;

  public ServerOptionsProcessor(String serverName) {
    reader = new HiveServer2.ServerOptionsProcessor(serverName);
  }

  /**
   * Sets what is given by --hiveconf; ends the program after --help, and when it cannot read the options.
   *
   * @return whether a server is to be started; not by what Hive would do for it: that is Hive's own server
   */
  public boolean process(String[] arguments) {
    HiveServer2.ServerOptionsExecutor wish = reader.parse(arguments).getServerOptionsExecutor();
    if (wish instanceof HiveServer2.HelpOptionExecutor) wish.execute();
    return wish instanceof HiveServer2.StartOptionExecutor;
  }
}
