# @summary apt's proxy: vagrant/bootstrap.sh writes it, which needs it before Puppet can run and sees which archives
#   need none. Here it is only taken away where there is no proxy any more.
class sparkbuilder::proxy::apt {
  if $sparkbuilder::proxy::ensure == absent {
    file { '/etc/apt/apt.conf.d/90build-spark-proxy':
      ensure => absent,
    }
  }
}
