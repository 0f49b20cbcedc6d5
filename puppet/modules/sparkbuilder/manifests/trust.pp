# @summary Further certificate authorities, in the system's store and through it in Java's: Debian's
#   ca-certificates-java has a hook there, Enterprise Linux links Java's store to the system's.
class sparkbuilder::trust {
  package { 'ca-certificates':
    ensure => $sparkbuilder::trust_package_ensure,
  }

  $sparkbuilder::ca_certificates.each |$name, $pem| {
    file { "${sparkbuilder::trust_directory}/${name.regsubst('\.(crt|pem)\z', '')}.crt":
      ensure  => file,
      owner   => 'root',
      group   => 'root',
      mode    => '0644',
      content => $pem,
      require => Package['ca-certificates'],
      before  => Exec['make the bundle of certificates'],
    }
  }

  # By age and not by refresh: if an apply is cut off after the files, the next one does the rest.
  exec { 'make the bundle of certificates':
    command => $sparkbuilder::trust_command,
    onlyif  => "find ${sparkbuilder::trust_directory} -type f -newer ${sparkbuilder::trust_bundle} | grep -q .",
    path    => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],

    require => Package['ca-certificates'],
  }
}
