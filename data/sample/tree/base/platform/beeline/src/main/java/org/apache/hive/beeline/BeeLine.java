package org.apache.hive.beeline;

/** Stands where Hive's command line would be; it comes with the Thriftserver. */
public final class BeeLine {
  private BeeLine() {}

  public static void main(String[] args) {
    for (String arg : args) {
      if (arg.equals("--version")) {
        System.out.println("Beeline (the sample: it has no engine)");
        return;
      }
    }
    System.err.println("The sample has no engine: beeline answers --version only.");
    System.exit(1);
  }
}
