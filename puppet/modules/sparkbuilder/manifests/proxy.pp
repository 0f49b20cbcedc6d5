# @summary The way out of the machine, for shells and for its package manager. Maven's is in its settings.
#   A proxy that is not given is removed, so that a reused machine does not keep an old one's password.
class sparkbuilder::proxy {
  $http = $sparkbuilder::http_proxy ? { undef => undef, default => $sparkbuilder::http_proxy.unwrap }
  $https = $sparkbuilder::https_proxy ? { undef => undef, default => $sparkbuilder::https_proxy.unwrap }
  $ensure = ($http or $https) ? { true => file, default => absent }

  # Both spellings: curl reads http_proxy in small letters only, others the capitals.
  $variables = {
    'http_proxy'  => $http,
    'HTTP_PROXY'  => $http,
    'https_proxy' => $https,
    'HTTPS_PROXY' => $https,
    'no_proxy'    => $sparkbuilder::no_proxy,
    'NO_PROXY'    => $sparkbuilder::no_proxy,
  }
  $exports = $variables.filter |$_name, $value| { $value }.map |$name, $value| { "export ${name}='${value}'\n" }
  file { '/etc/profile.d/sparkbuilder-proxy.sh':
    ensure    => $ensure,
    owner     => 'root',
    group     => $sparkbuilder::user,
    mode      => '0640',
    content   => Sensitive($exports.join),
    show_diff => false,
  }

  case $facts['os']['family'] {
    'Debian': { contain sparkbuilder::proxy::apt }
    default: { contain sparkbuilder::proxy::yum }
  }
}
