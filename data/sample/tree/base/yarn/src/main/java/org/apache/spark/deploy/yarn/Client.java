package org.apache.spark.deploy.yarn;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** What --master yarn would start. */
public final class Client {
  public String stagingDirectory() {
    return FileSystem.get(new Configuration()).getUri() + ".sparkStaging";
  }
}
