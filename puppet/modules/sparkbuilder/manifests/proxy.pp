# @summary The way out of the machine, for shells and for its package manager. Maven's is in its settings.
#   A proxy that is not given is removed, so that a reused machine does not keep an old one's password.
class sparkbuilder::proxy {
  $http = $sparkbuilder::http_proxy ? { undef => undef, default => $sparkbuilder::http_proxy.unwrap }
  $https = $sparkbuilder::https_proxy ? { undef => undef, default => $sparkbuilder::https_proxy.unwrap }
  $ensure = ($http or $https) ? { true => file, default => absent }
  $direct = $sparkbuilder::no_proxy ? { undef => [], default => $sparkbuilder::no_proxy.split(',') }

  $variables = { 'http_proxy' => $http, 'https_proxy' => $https, 'no_proxy' => $sparkbuilder::no_proxy }
  $exports = $variables.filter |$_name, $value| { $value }.map |$name, $value| {
    "export ${name}='${value}' ${name.upcase}='${value}'\n"
  }
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
