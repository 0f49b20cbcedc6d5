# @summary JDK 8. Its home is exported, since a box may have a newer Java as its default.
class sparkbuilder::java {
  package { $sparkbuilder::java_package:
    ensure          => installed,
    install_options => $sparkbuilder::package_options,
  }

  file { '/etc/profile.d/sparkbuilder.sh':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => "export JAVA_HOME='${sparkbuilder::java_home}'\nexport PATH=\"\$JAVA_HOME/bin:\$PATH\"\n",
  }
}
