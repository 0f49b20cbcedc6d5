# @summary What the build, and the copying in and out, call besides Java, Maven and R.
class sparkbuilder::tools {
  package { $sparkbuilder::tools:
    ensure          => installed,
    install_options => $sparkbuilder::package_options,
  }
}
