# What the manual route installs: tools, Java, Maven.
package { ['git', 'patch', 'rsync', 'openjdk-8-jdk-headless', 'maven']:
  ensure => installed,
}
file { '/etc/profile.d/java.sh':
  content => "export JAVA_HOME=/usr/lib/jvm/java-8-openjdk-${facts['os']['architecture']}\n",
}
# The clone comes from a folder of another owner.
file { '/etc/gitconfig':
  content => "[safe]\n\tdirectory = *\n",
}
