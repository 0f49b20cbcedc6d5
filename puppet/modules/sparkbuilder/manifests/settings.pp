# @summary Maven's settings of the user who builds. They can hold passwords: readable by nobody else, and
#   never printed.
class sparkbuilder::settings {
  $user = $sparkbuilder::user
  $text = $sparkbuilder::maven_settings
  $ensure = $text ? { undef => absent, default => file }

  file { "/home/${user}/.m2":
    ensure => directory,
    owner  => $user,
    group  => $user,
    mode   => '0755',
  }

  file { "/home/${user}/.m2/settings.xml":
    ensure    => $ensure,
    owner     => $user,
    group     => $user,
    mode      => '0600',
    content   => $text,
    show_diff => false,
  }
}
