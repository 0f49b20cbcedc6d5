export MAVEN_OPTS="-Xmx1g"
