# @summary Where packages come from. Does nothing on a machine that has them all already.
class sparkbuilder::repositories {
  case $facts['os']['family'] {
    'Debian': { contain sparkbuilder::repositories::apt }
    default: { contain sparkbuilder::repositories::yum }
  }
}
