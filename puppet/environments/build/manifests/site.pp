# Every machine is a builder, whatever its name.
node default {
  include sparkbuilder
}
