# @summary A Maven that is new enough: the distribution's, else its project's own. Tells the build where
#   it is, in a file of plain KEY=value lines.
class sparkbuilder::maven {
  if $sparkbuilder::maven_by_package {
    package { $sparkbuilder::maven_packages:
      ensure          => installed,
      install_options => $sparkbuilder::package_options,
    }
    Package[$sparkbuilder::maven_packages] -> File['/etc/sparkbuilder.env']
    $mvn = '/usr/bin/mvn'
  } else {
    contain sparkbuilder::maven::archive
    Class['sparkbuilder::maven::archive'] -> File['/etc/sparkbuilder.env']
    $mvn = "${sparkbuilder::maven::archive::home}/bin/mvn"
  }

  # Before anything is copied or mounted below it.
  file { "/home/${sparkbuilder::user}/.m2":
    ensure => directory,
    owner  => $sparkbuilder::user,
    group  => $sparkbuilder::user,
    mode   => '0755',
  }

  file { '/etc/sparkbuilder.env':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => "JAVA_HOME=${sparkbuilder::java_home}\nMVN=${mvn}\n",
  }
}
