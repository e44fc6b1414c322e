// Which mapmux this is.

/// As `mapmux --version` and statistics have it.
package let mapmuxVersion = "0.2.0"
