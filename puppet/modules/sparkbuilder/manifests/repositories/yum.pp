# @summary EPEL, only for R. CentOS 7's own repositories are pointed at the vault before Puppet runs.
class sparkbuilder::repositories::yum {
  if $sparkbuilder::with_r and $sparkbuilder::r_repository_package {
    package { $sparkbuilder::r_repository_package:
      ensure => installed,
    }

    if $sparkbuilder::r_repository_url {
      file { '/etc/yum.repos.d/epel.repo':
        ensure  => file,
        owner   => 'root',
        group   => 'root',
        mode    => '0644',
        content => @("REPO"),
          [epel]
          name=Extra Packages for Enterprise Linux, archived
          baseurl=${sparkbuilder::r_repository_url}
          enabled=1
          gpgcheck=1
          gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-EPEL-${facts['os']['release']['major']}
          | REPO
        require => Package[$sparkbuilder::r_repository_package],
      }
    }
  }
}
