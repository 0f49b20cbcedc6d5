# @summary apt's proxy. vagrant/bootstrap.sh writes it, since it needs it before Puppet can run and sees which archives
#   need none; here it is only removed where there is no proxy any more.
class sparkbuilder::proxy::apt {
  if $sparkbuilder::proxy::ensure == absent {
    file { '/etc/apt/apt.conf.d/90build-spark-proxy':
      ensure => absent,
    }
  }
}
