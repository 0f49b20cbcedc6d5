// Replaces ${...} in a statement: first what Hive itself knows (system:, env:, hiveconf:), then the
// variables of the session. Written from its use and from what Hive documents of the substitution:
// CDH's Hive 1.1 (from 5.7 on) has a class of this name and package, Apache's Hive 1.1 has not.
package org.apache.hadoop.hive.conf;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;

public class VariableSubstitution extends SystemVariables {
  private final HiveVariableSource source;

  public VariableSubstitution(HiveVariableSource source) {
    this.source = source;
  }

  /** Returns the value of one name, null when nobody knows it (the text then stays as it is). */
  @Override
  protected String getSubstitute(Configuration conf, String name) {
    String known = super.getSubstitute(conf, name);
    Map<String, String> variables = source == null ? null : source.getHiveVariable();
    if (known != null || variables == null) {
      return known;
    }
    boolean hasPrefix = name.startsWith(HIVEVAR_PREFIX);
    return variables.get(hasPrefix ? name.substring(HIVEVAR_PREFIX.length()) : name);
  }

  /** Does nothing when hive.variable.substitute is off. */
  public String substitute(HiveConf conf, String statement) {
    if (statement == null || !HiveConf.getBoolVar(conf, HiveConf.ConfVars.HIVEVARIABLESUBSTITUTE)) {
      return statement;
    }
    int depth = HiveConf.getIntVar(conf, HiveConf.ConfVars.HIVEVARIABLESUBSTITUTEDEPTH);
    return substitute(conf, statement, depth);
  }
}
