import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/** What a client of Hive's sees of a table: one "key value" a line. Arguments: database, table. */
public class MetastoreReader {
  public static void main(String[] words) throws Exception {
    HiveMetaStoreClient client = new HiveMetaStoreClient(new HiveConf());
    try {
      Table table = client.getTable(words[0], words[1]);
      System.out.println("location " + table.getSd().getLocation());
      System.out.println("input " + table.getSd().getInputFormat());
      System.out.println("owner " + table.getOwner());
      for (FieldSchema column : table.getSd().getCols()) {
        System.out.println("column " + column.getName() + " " + column.getType());
      }
      for (java.util.Map.Entry<String, String> each : table.getParameters().entrySet()) {
        if (each.getValue().length() < 100) {
          System.out.println("parameter " + each.getKey() + " " + each.getValue());
        }
      }
    } finally {
      client.close();
    }
  }
}
