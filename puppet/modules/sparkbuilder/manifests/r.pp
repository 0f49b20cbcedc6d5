# @summary R, for SparkR's install-dev.sh: R and Rscript, no compiler.
class sparkbuilder::r {
  package { $sparkbuilder::r_packages:
    ensure          => installed,
    install_options => $sparkbuilder::package_options + $sparkbuilder::r_package_options,
  }
}
