# @summary yum's and dnf's proxy, one for all schemes. Their file has no directory of additions, so one
#   line of it is edited; it is read from a file, which keeps a password out of commands and logs.
class sparkbuilder::proxy::yum {
  $line = '/etc/sparkbuilder-yum-proxy'
  $conf = $sparkbuilder::yum_conf
  $proxy = [$sparkbuilder::proxy::https, $sparkbuilder::proxy::http].filter |$url| { $url }

  $written = file { $line:
    ensure    => $sparkbuilder::proxy::ensure,
    owner     => 'root',
    group     => 'root',
    mode      => '0600',
    content   => Sensitive("proxy=${proxy[0]}\n"),
    show_diff => false,
  }

  if $proxy.empty {
    exec { 'remove the proxy of yum':
      command => "sed -i -e '/^proxy *=/d' ${conf}",
      onlyif  => "test -e ${line}",
      path    => ['/usr/bin', '/bin'],
      before  => $written,
    }
  } else {
    exec { 'set the proxy of yum':
      command => "sed -i -e '/^proxy *=/d' -e '/^\\[main\\]/r ${line}' ${conf}",
      unless  => "grep -q -x -F -f ${line} ${conf}",
      path    => ['/usr/bin', '/bin'],
      require => $written,
    }
  }
}
