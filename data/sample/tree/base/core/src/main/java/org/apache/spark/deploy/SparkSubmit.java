package org.apache.spark.deploy;

import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.Version;

/** Runs the class that {@code --class} names with the arguments that follow it. */
public final class SparkSubmit {
  private SparkSubmit() {}

  public static void main(String[] args) throws Exception {
    if (args.length >= 2 && args[0].equals("--class")) {
      String[] rest = Arrays.copyOfRange(args, 2, args.length);
      Class.forName(args[1]).getMethod("main", String[].class).invoke(null, (Object) rest);
      return;
    }
    if (Version.asked(args, "Spark")) {
      return;
    }
    System.err.println("Usage: spark-submit --version | --class <main class> [arguments]");
    System.err.println("File systems: " + new Configuration().get("fs.defaultFS"));
    System.exit(1);
  }
}
