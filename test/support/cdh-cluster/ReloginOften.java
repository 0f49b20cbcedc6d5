import java.lang.instrument.Instrumentation;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * A Java agent for tickets that live two minutes. Hadoop 2.6 logs in from a keytab once in ten minutes at most: this makes
 * it forget, every second, when it has done so last. Nothing else of how it logs in is changed.
 */
public final class ReloginOften {
  public static void premain(String words, Instrumentation instrumentation) {
    Thread thread = new Thread("relogin-often") {
      @Override
      public void run() {
        try {
          while (true) {
            Thread.sleep(1000);
            forget();
          }
        } catch (Exception error) {
          System.err.println("relogin-often has ended: " + error);
        }
      }
    };
    thread.setDaemon(true);
    thread.start();
  }

  private static void forget() throws Exception {
    Class<?> users = Class.forName("org.apache.hadoop.security.UserGroupInformation");
    Object login = read(users, null, "loginUser");
    if (login == null) return;
    Object user = read(users, login, "user");
    Method setLastLogin = user.getClass().getMethod("setLastLogin", long.class);
    setLastLogin.setAccessible(true);
    setLastLogin.invoke(user, 0L);
  }

  private static Object read(Class<?> owner, Object of, String name) throws Exception {
    Field field = owner.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }
}
