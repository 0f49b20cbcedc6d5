import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.text.SimpleDateFormat;
import java.util.Arrays;
import java.util.Date;
import java.util.List;

/**
 * Runs the same statements again and again, as a dashboard does: `hold` in one session, `each` in a new session each time.
 * One line a round: when, how long, what the last statement counted, or the first line of what went wrong.
 */
public final class JdbcHold {
  public static void main(String[] words) throws Exception {
    boolean isHeld = words[0].equals("hold");
    String url = words[1];
    long pauseMs = Long.parseLong(words[2]) * 1000;
    long endMs = System.currentTimeMillis() + Long.parseLong(words[3]) * 1000;
    List<String> statements = Arrays.asList(words).subList(4, words.length);
    Class.forName("org.apache.hive.jdbc.HiveDriver");
    Connection connection = null;
    int failed = 0;
    while (System.currentTimeMillis() < endMs) {
      long beganMs = System.currentTimeMillis();
      String said;
      try {
        if (connection == null) connection = DriverManager.getConnection(url, "alice", "");
        said = "ok " + ask(connection, statements);
      } catch (Exception error) {
        failed++;
        said = "FAILED " + String.valueOf(error.getMessage()).split("\n")[0];
      }
      System.out.println(new SimpleDateFormat("HH:mm:ss").format(new Date(beganMs))
          + " " + (System.currentTimeMillis() - beganMs) + " ms " + said);
      if (!isHeld && connection != null) {
        connection.close();
        connection = null;
      }
      Thread.sleep(pauseMs);
    }
    System.out.println(failed + " rounds failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static String ask(Connection connection, List<String> statements) throws Exception {
    String last = "";
    try (Statement statement = connection.createStatement()) {
      for (String each : statements) {
        if (!statement.execute(each)) continue;
        try (ResultSet rows = statement.getResultSet()) {
          while (rows.next()) last = rows.getString(1);
        }
      }
    }
    return last;
  }
}
