// Entries of jars that dists are told by, as Spark, Hive and Hadoop have them; written out, not read from the tool.
export const classes = {
  thriftserver: 'org/apache/spark/sql/hive/thriftserver/HiveThriftServer2.class',
  sparkSql: 'org/apache/spark/sql/hive/thriftserver/SparkSQLCLIDriver.class',
  beeline: 'org/apache/hive/beeline/BeeLine.class',
  hadoopConfiguration: 'org/apache/hadoop/conf/Configuration.class',
  hadoopFileSystem: 'org/apache/hadoop/fs/FileSystem.class',
  hive: 'org/apache/hadoop/hive/conf/HiveConf.class',
  metastore: 'org/apache/spark/sql/hive/HiveMetastoreCatalog.class',
} as const;
