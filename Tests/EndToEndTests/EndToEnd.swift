// The suite of all tests that need PostgreSQL, Postfix or the built command.

import Testing

/// Each suite in it runs its tests one after the other, beside other suites: as many as there are threads for what blocks, which is
/// one a core. What a suite needs is its own: clusters, daemons, directories, ports.
@Suite("End to end", .sanitizerReports)
enum EndToEnd {}
