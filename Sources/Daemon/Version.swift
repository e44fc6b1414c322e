// The version of mapmux.

/// As shown by `mapmux --version` and in statistics.
package let mapmuxVersion = "0.2.0"
