// Says where the variables of a Hive session come from. Written from its use alone: CDH's Hive 1.1
// (from 5.7 on) has an interface of this name, Apache's Hive 1.1 has none.
package org.apache.hadoop.hive.conf;

import java.util.Map;

/** Supplies the variables that the user set with {@code --hivevar} or {@code set hivevar:}. */
public interface HiveVariableSource {
  Map<String, String> getHiveVariable();
}
