package org.apache.hive.service.cli.operation;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import org.apache.hadoop.hive.conf.HiveConf;

/**
 * The log of one statement: written by the threads that run it, read by the client that asked. In place of Hive's own
 * class of this name, which in CDH 6 has neither a writer nor the log of the current thread.
 */
public class OperationLog {
  private static final ThreadLocal<OperationLog> current = new ThreadLocal<OperationLog>();

  /** How much of what the server says is in it. */
  public enum LoggingLevel {
    NONE, EXECUTION, PERFORMANCE, VERBOSE, UNKNOWN
  }

  private final File file;
  private final LoggingLevel level;
  private final PrintStream out;
  private BufferedReader in;
  private boolean isClosed;

  public OperationLog(String name, File file, HiveConf conf) throws FileNotFoundException {
    this.file = file;
    this.level = conf.getBoolVar(HiveConf.ConfVars.HIVE_SERVER2_LOGGING_OPERATION_ENABLED)
      ? getLoggingLevel(conf.getVar(HiveConf.ConfVars.HIVE_SERVER2_LOGGING_OPERATION_LEVEL))
      : LoggingLevel.NONE;
    try {
      this.out = new PrintStream(new FileOutputStream(file), true, "UTF-8");
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
  }

  public static LoggingLevel getLoggingLevel(String name) {
    for (LoggingLevel level : LoggingLevel.values()) {
      if (level.name().equalsIgnoreCase(name)) {
        return level;
      }
    }
    return LoggingLevel.UNKNOWN;
  }

  public static void setCurrentOperationLog(OperationLog log) {
    current.set(log);
  }

  public static OperationLog getCurrentOperationLog() {
    return current.get();
  }

  public static void removeCurrentOperationLog() {
    current.remove();
  }

  public LoggingLevel getOpLoggingLevel() {
    return level;
  }

  public synchronized void writeOperationLog(String text) {
    if (!isClosed) {
      out.print(text);
    }
  }

  /**
   * @param isFetchFirst From the first line on, else from where the last call ended.
   * @param maxRows At most so many; all that there are, when it is 0 or less.
   */
  public synchronized List<String> readOperationLog(boolean isFetchFirst, long maxRows)
      throws SQLException {
    List<String> lines = new ArrayList<String>();
    if (isClosed) {
      return lines;
    }
    try {
      if (isFetchFirst) {
        closeReader();
      }
      if (in == null) {
        in = new BufferedReader(new InputStreamReader(new FileInputStream(file), StandardCharsets.UTF_8));
      }
      while (maxRows <= 0 || lines.size() < maxRows) {
        String line = in.readLine();
        if (line == null) {
          break;
        }
        lines.add(line);
      }
    } catch (IOException e) {
      throw new SQLException("The log of the statement cannot be read: " + e.getMessage(), e);
    }
    return lines;
  }

  public synchronized void close() {
    isClosed = true;
    closeReader();
    out.close();
    file.delete();
  }

  private void closeReader() {
    if (in == null) {
      return;
    }
    try {
      in.close();
    } catch (IOException e) {
      // It was only read.
    }
    in = null;
  }
}
