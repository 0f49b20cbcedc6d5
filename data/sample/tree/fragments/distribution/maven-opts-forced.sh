export MAVEN_OPTS="-Xmx512m -XX:TieredStopAtLevel=1"
