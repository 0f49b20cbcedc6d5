package org.apache.hadoop.fs;

import org.apache.hadoop.conf.Configuration;

/** The second marker of the cluster's Hadoop. */
public final class FileSystem {
  private final String uri;

  private FileSystem(String uri) {
    this.uri = uri;
  }

  public static FileSystem get(Configuration configuration) {
    return new FileSystem(configuration.get("fs.defaultFS"));
  }

  public String getUri() {
    return uri;
  }
}
