export MAVEN_OPTS="${MAVEN_OPTS:--Xmx1g}"
