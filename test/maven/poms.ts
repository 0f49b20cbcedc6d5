// Poms in miniature, of our own, for the tests of src/maven.

/** A CDH-like root pom: parent of Cloudera's, properties in profiles too, managed dependencies with scopes. */
function rootPom(parent = 'com.cloudera.cdh:cdh-root:5.7.0', version = '1.6.0-cdh5.7.0'): string {
  const [groupId, artifactId, parentVersion] = parent.split(':');
  return `<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent>
    <groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${parentVersion}</version>
  </parent>
  <groupId>org.apache.spark</groupId>
  <artifactId>spark-parent_2.10</artifactId>
  <version>${version}</version>
  <properties>
    <!-- <scala.binary.version>2.9</scala.binary.version> -->
    <scala.binary.version>2.10</scala.binary.version>
  </properties>
  <dependencyManagement><dependencies>
    <dependency>
      <groupId>org.apache.hadoop</groupId><artifactId>hadoop-client</artifactId>
      <version>\${hadoop.version}</version><scope>\${hadoop.deps.scope}</scope>
      <exclusions><exclusion><groupId>asm</groupId><artifactId>asm</artifactId></exclusion></exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.avro</groupId><artifactId>avro-mapred</artifactId><version>1</version>
      <classifier>\${avro.mapred.classifier}</classifier><scope>\${hive.deps.scope}</scope>
    </dependency>
    <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>14</version></dependency>
    <dependency>
      <groupId>org.apache.flume</groupId><artifactId>flume-ng-sdk</artifactId><version>1</version>
      <scope>\${flume.deps.scope}</scope>
    </dependency>
  </dependencies></dependencyManagement>
  <build><plugins><plugin><groupId>x</groupId><artifactId>y</artifactId><version>9</version></plugin></plugins></build>
  <profiles><profile><id>scala-2.11</id>
    <properties><scala.binary.version>2.11</scala.binary.version></properties>
  </profile></profiles>
</project>`;
}

const modulePom = `<project>
  <parent><groupId>org.apache.spark</groupId><artifactId>spark-parent_2.10</artifactId><version>1.6.0-cdh5.7.0</version></parent>
  <artifactId>spark-sql_2.10</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.apache.spark</groupId><artifactId>spark-core_\${scala.binary.version}</artifactId>
      <version>\${project.version}</version><type>test-jar</type><scope>test</scope>
    </dependency>
    <dependency>
      <groupId>org.apache.hbase</groupId><artifactId>hbase-hadoop-compat</artifactId><type>test-jar</type>
    </dependency>
    <!-- <dependency>
      <groupId>org.apache.spark</groupId><artifactId>spark-gone_2.10</artifactId><type>test-jar</type>
    </dependency> -->
  </dependencies>
</project>`;

export function poms(parent?: string, version?: string): ReadonlyMap<string, string> {
  return new Map([
    ['pom.xml', rootPom(parent, version)],
    ['sql/core/pom.xml', modulePom],
  ]);
}
