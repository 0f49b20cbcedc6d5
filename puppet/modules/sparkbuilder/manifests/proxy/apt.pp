# @summary apt's proxy. The same file, to the byte, as vagrant/bootstrap.sh writes before Puppet can run.
#   Hosts that need no proxy are named one by one: apt knows no domains or networks.
class sparkbuilder::proxy::apt {
  $proxies = { 'http' => $sparkbuilder::proxy::http, 'https' => $sparkbuilder::proxy::https }
  $lines = $proxies.filter |$_scheme, $url| { $url }.map |$scheme, $url| { "Acquire::${scheme}::Proxy \"${url}\";\n" }

  $hosts = $sparkbuilder::proxy::direct.filter |$host| { $host =~ /\A[A-Za-z0-9-][A-Za-z0-9.-]*\z/ }
  $direct = $hosts.map |$host| {
    ['http', 'https'].map |$scheme| { "Acquire::${scheme}::Proxy::${host} \"DIRECT\";\n" }
  }

  file { '/etc/apt/apt.conf.d/90build-spark-proxy':
    ensure    => $sparkbuilder::proxy::ensure,
    owner     => 'root',
    group     => 'root',
    mode      => '0600',
    content   => Sensitive(flatten($lines, $direct).join),
    show_diff => false,
  }
}
