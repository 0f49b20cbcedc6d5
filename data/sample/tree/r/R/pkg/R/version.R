# The version that the package was built as.
sparkR.version <- function() {
  "@VERSION@"
}
