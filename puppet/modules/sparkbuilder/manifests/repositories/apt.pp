# @summary apt's lists, and Debian unstable for the one package that only it has.
class sparkbuilder::repositories::apt {
  $r = $sparkbuilder::with_r ? { true => $sparkbuilder::r_packages, default => [] }
  $maven = $sparkbuilder::maven_by_package ? { true => $sparkbuilder::maven_packages, default => [] }
  $wanted = ([$sparkbuilder::java_package] + $sparkbuilder::tools + $maven + $r).unique

  # A box of ours brings JDK 8 along and needs no second archive.
  if $sparkbuilder::java_from_unstable and !$facts.dig('sparkbuilder', 'jdk8') {
    $archive = $facts.dig('sparkbuilder', 'apt_archive')
    unless $archive {
      fail('JDK 8 is in Debian unstable only, and the apt sources of this box do not name an archive of Debian to take it from.')
    }
    # Pinned before it is added: nothing comes from there but what the stable release lacks.
    file { '/etc/apt/preferences.d/sparkbuilder-unstable':
      ensure  => file,
      mode    => '0644',
      content => "Package: *\nPin: release n=sid\nPin-Priority: 100\n",
    }
    -> file { '/etc/apt/sources.list.d/sparkbuilder-unstable.sources':
      ensure  => file,
      mode    => '0644',
      # A mirror's copy may be past its date, which must not leave the machine without a JDK.
      content => @("SOURCES"),
        Types: deb
        URIs: ${archive}
        Suites: unstable
        Components: main
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
        Check-Valid-Until: no
        | SOURCES
      before  => Exec['refresh the lists of apt'],
    }
  }

  # Only where something is missing: it takes seconds, and needs the network.
  $states = "dpkg-query -W -f '\${db:Status-Status}\\n' ${wanted.join(' ')} 2>/dev/null"
  exec { 'refresh the lists of apt':
    command     => 'apt-get -q update',
    unless      => "test \"$(${states} | grep -c -x installed)\" -eq ${wanted.length}",
    path        => ['/usr/bin', '/bin'],
    provider    => shell,
    environment => ['DEBIAN_FRONTEND=noninteractive'],
    timeout     => 600,
    tries       => 2,
  }
}
