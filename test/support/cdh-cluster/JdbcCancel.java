import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;

/** Cancels a statement as Hue and JDBC tools do. Arguments: URL, user, statement. Prints how it ended, and after how long. */
public class JdbcCancel {
  public static void main(String[] words) throws Exception {
    Class.forName("org.apache.hive.jdbc.HiveDriver");
    Connection connection = DriverManager.getConnection(words[0], words[1], "");
    final Statement statement = connection.createStatement();
    final String query = words[2];
    final long began = System.currentTimeMillis();
    Thread runner = new Thread(new Runnable() {
      public void run() {
        String end = "it ran to its end";
        try {
          statement.execute(query);
        } catch (Exception error) {
          end = "it ended with " + error.getMessage();
        }
        System.out.println((System.currentTimeMillis() - began) / 1000 + " s: " + end);
      }
    });
    runner.start();
    Thread.sleep(30000);
    statement.cancel();
    System.out.println((System.currentTimeMillis() - began) / 1000 + " s: cancelled");
    runner.join(60000);
    System.exit(0);
  }
}
