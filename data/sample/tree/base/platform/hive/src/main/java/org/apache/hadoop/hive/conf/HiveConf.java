package org.apache.hadoop.hive.conf;

/** Stands where the cluster's Hive would be: a bundled distribution holds it, a provided one does not. */
public class HiveConf {
  /** The Thriftserver's port when nothing else is asked for. */
  public static final int DEFAULT_PORT = 10000;
}
