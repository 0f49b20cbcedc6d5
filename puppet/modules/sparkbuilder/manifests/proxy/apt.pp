# @summary apt's proxy. Hosts that need none are named one by one: apt knows no domains or networks.
class sparkbuilder::proxy::apt {
  $proxies = { 'http' => $sparkbuilder::proxy::http, 'https' => $sparkbuilder::proxy::https }.filter |$_scheme, $url| { $url }
  $hosts = $sparkbuilder::proxy::direct.filter |$host| { $host =~ /\A[A-Za-z0-9][A-Za-z0-9.-]*\z/ }

  $lines = $proxies.map |$scheme, $url| {
    ["Acquire::${scheme}::Proxy \"${url}\";\n"] + $hosts.map |$host| { "Acquire::${scheme}::Proxy::${host} \"DIRECT\";\n" }
  }
  file { '/etc/apt/apt.conf.d/90sparkbuilder-proxy':
    ensure    => $sparkbuilder::proxy::ensure,
    owner     => 'root',
    group     => $sparkbuilder::user,
    mode      => '0640',
    content   => Sensitive($lines.flatten.join),
    show_diff => false,
  }
}
