# @summary Makes a clean machine able to build Spark. Owns the order of the parts and all their
#   parameters; what each part does is in the file of its name.
#
# @param refusal Why this system cannot build Spark; the catalogue then fails with it.
# @param java_package The JDK 8 package.
# @param java_home Its home, exported to the build.
# @param java_from_unstable The package is in Debian unstable only.
# @param maven_minimum The oldest Maven that the source to be built accepts.
# @param maven_packages The distribution's Maven.
# @param maven_package_version The version those packages have.
# @param maven_archive_version The Maven taken from its project's archive where the package is older.
# @param maven_archive_url Address of that Maven's bin.tar.gz.
# @param maven_archive_sha512 Checksum of that file.
# @param tools Packages that the build, and the copying in and out, call.
# @param package_options Options for every package install.
# @param with_r Whether SparkR is to be built.
# @param r_packages R without a compiler.
# @param r_package_options Further options for those.
# @param r_repository_package The package that brings R's repository.
# @param r_repository_url Where that repository is, if not where its package says.
# @param ca_certificates Further certificate authorities to trust, PEM by name.
# @param trust_directory Where the system takes them from.
# @param trust_bundle What it makes of them; it is made again when it is older than a certificate.
# @param trust_command What makes it.
# @param trust_package_ensure `latest` where boxes carry a bundle too old to be used.
# @param http_proxy Proxy for http, with its password if it has one.
# @param https_proxy The same for https.
# @param no_proxy Comma-separated hosts that need none.
# @param yum_conf The file yum or dnf reads; Enterprise Linux only.
# @param user Who builds.
class sparkbuilder (
  String[1] $java_package,
  Pattern[/\A\//] $java_home,
  Array[String[1], 1] $maven_packages,
  Pattern[/\A\d+(\.\d+)*\z/] $maven_archive_version,
  Pattern[/\Ahttps:\/\/[^\s'"]+\z/] $maven_archive_url,
  Pattern[/\A\h{128}\z/] $maven_archive_sha512,
  Array[String[1], 1] $tools,
  Array[String[1], 1] $r_packages,
  Pattern[/\A\//] $trust_directory,
  Pattern[/\A\//] $trust_bundle,
  String[1] $trust_command,
  Optional[String[1]] $refusal = undef,
  Boolean $java_from_unstable = false,
  Pattern[/\A\d+(\.\d+)*\z/] $maven_minimum = '3.0.4',
  Optional[Pattern[/\A\d+(\.\d+)*\z/]] $maven_package_version = undef,
  Array[String[1]] $package_options = [],
  Boolean $with_r = false,
  Array[String[1]] $r_package_options = [],
  Optional[String[1]] $r_repository_package = undef,
  Optional[Pattern[/\Ahttps?:\/\/\S+\z/]] $r_repository_url = undef,
  Hash[Pattern[/\A[A-Za-z0-9][A-Za-z0-9._-]*\z/], Pattern[/-----BEGIN CERTIFICATE-----/]] $ca_certificates = {},
  Enum['installed', 'latest'] $trust_package_ensure = 'installed',
  Optional[Sensitive[Pattern[/\Ahttps?:\/\/[^\s'"]+\z/]]] $http_proxy = undef,
  Optional[Sensitive[Pattern[/\Ahttps?:\/\/[^\s'"]+\z/]]] $https_proxy = undef,
  Optional[Pattern[/\A[^'"\r\n]+\z/]] $no_proxy = undef,
  Optional[Pattern[/\A\//]] $yum_conf = undef,
  Pattern[/\A[a-z_][a-z0-9_-]*\z/] $user = 'vagrant',
) {
  if $refusal {
    fail($refusal)
  }

  $maven_by_package = $maven_package_version ? {
    undef   => false,
    default => versioncmp($maven_package_version, $maven_minimum) >= 0,
  }

  # Proxy and trust first: whatever downloads needs both. Java before Maven, whose package would
  # otherwise bring a newer Java along.
  contain sparkbuilder::proxy
  contain sparkbuilder::trust
  contain sparkbuilder::repositories
  contain sparkbuilder::tools
  contain sparkbuilder::java
  contain sparkbuilder::maven

  Class['sparkbuilder::proxy']
  -> Class['sparkbuilder::trust']
  -> Class['sparkbuilder::repositories']
  -> Class['sparkbuilder::tools']
  -> Class['sparkbuilder::java']
  -> Class['sparkbuilder::maven']

  if $with_r {
    contain sparkbuilder::r
    Class['sparkbuilder::java'] -> Class['sparkbuilder::r']
  }
}
