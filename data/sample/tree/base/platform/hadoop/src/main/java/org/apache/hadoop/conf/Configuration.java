package org.apache.hadoop.conf;

/** Stands where the cluster's Hadoop would be: a bundled distribution holds it, a provided one does not. */
public class Configuration {
  public String get(String name) {
    return name.equals("fs.defaultFS") ? "file:///" : null;
  }
}
