# @summary Maven from its project's archive, checked against its checksum, on PATH as mvn.
class sparkbuilder::maven::archive {
  $version = $sparkbuilder::maven_archive_version
  $home = "/opt/apache-maven-${version}"
  $file = "/opt/apache-maven-${version}-bin.tar.gz"

  if versioncmp($version, $sparkbuilder::maven_minimum) < 0 {
    fail("This source needs Maven ${sparkbuilder::maven_minimum} or newer, but this system's is older, and so is ${version} of Maven's archive.")
  }

  # The proxy is read from its file, so that its password is in no command and no log. Unpacked beside
  # its place and moved there, so that half a Maven is never taken for a whole one.
  exec { 'install Maven from its archive':
    command  => @("SCRIPT"),
      set -e
      if test -r /etc/profile.d/sparkbuilder-proxy.sh; then . /etc/profile.d/sparkbuilder-proxy.sh; fi
      rm -rf ${home} ${home}.partial
      mkdir ${home}.partial
      curl -fsSL --retry 3 --connect-timeout 30 -o ${file} '${sparkbuilder::maven_archive_url}'
      echo '${sparkbuilder::maven_archive_sha512}  ${file}' | sha512sum -c -
      tar -xzf ${file} -C ${home}.partial --strip-components=1 --no-same-owner
      rm -f ${file}
      ln -sfn ${home}/bin/mvn /usr/local/bin/mvn
      mv ${home}.partial ${home}
      | SCRIPT
    creates  => "${home}/bin/mvn",
    path     => ['/usr/bin', '/bin'],
    provider => shell,
    timeout  => 900,
  }
}
