# @summary HAProxy with a configuration that `impala-ha render` wrote. That is the only renderer: this class adds nothing to it.
#
# @param config_content
#   The rendered configuration itself, as from `file('profile/haproxy.cfg')`. Either this or `config_source`.
# @param config_source
#   Where the rendered configuration lies, as `puppet:///modules/profile/haproxy.cfg`.
# @param config_path
#   Where HAProxy looks for it.
# @param package_name
#   The package of the distribution.
# @param package_ensure
#   As of the resource type package.
# @param service_name
#   The service of that package.
# @param validate_cmd
#   Must accept the new file before it replaces the old one; `%` is its path. From HAProxy 2.2 on `-dW` may be added,
#   which also refuses names of daemons that are not known.
# @param reload_command
#   Hands over to a new process without dropping a connection.
# @param connect_any
#   Where SELinux is on, lets HAProxy use the ports of Impala and of the Thriftserver.
class impala_ha (
  Optional[String[1]] $config_content = undef,
  Optional[String[1]] $config_source = undef,
  Pattern[/^\//] $config_path = '/etc/haproxy/haproxy.cfg',
  String[1] $package_name = 'haproxy',
  String[1] $package_ensure = 'installed',
  String[1] $service_name = 'haproxy',
  String[1] $validate_cmd = '/usr/sbin/haproxy -c -f %',
  String[1] $reload_command = "/bin/systemctl reload ${service_name}",
  Boolean $connect_any = true,
) {
  if ($config_content =~ Undef) == ($config_source =~ Undef) {
    fail('impala_ha needs the rendered configuration: either config_content or config_source')
  }

  package { $package_name:
    ensure => $package_ensure,
  }

  file { $config_path:
    ensure       => file,
    owner        => 'root',
    group        => 'root',
    mode         => '0644',
    content      => $config_content,
    source       => $config_source,
    backup       => '.before-impala-ha',
    validate_cmd => $validate_cmd,
    require      => Package[$package_name],
    notify       => Service[$service_name],
  }

  # Each fact by itself, since systems without SELinux have none of them.
  if $connect_any and $facts.dig('os', 'selinux', 'enabled') == true {
    exec { 'impala_ha: SELinux lets HAProxy connect to any port':
      command => 'setsebool -P haproxy_connect_any 1',
      unless  => 'getsebool haproxy_connect_any | grep -q "on$"',
      path    => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
      require => Package[$package_name],
      before  => Service[$service_name],
    }
  }

  service { $service_name:
    ensure  => running,
    enable  => true,
    restart => $reload_command,
    require => File[$config_path],
  }
}
