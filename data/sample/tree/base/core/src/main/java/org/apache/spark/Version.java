package org.apache.spark;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version that Maven wrote into the jar. */
public final class Version {
  private Version() {}

  /** @return for instance {@code 1.6.0-cdh5.7.0} */
  public static String current() {
    try (InputStream in = Version.class.getResourceAsStream("/spark-version-info.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new IllegalStateException("The jar lacks spark-version-info.properties", e);
    }
  }

  /** Answers {@code --version} as every main class of the sample does. */
  public static boolean asked(String[] args, String program) {
    for (String arg : args) {
      if (arg.equals("--version")) {
        System.out.println(program + " (version " + current() + ", the sample: it has no engine)");
        return true;
      }
    }
    return false;
  }
}
