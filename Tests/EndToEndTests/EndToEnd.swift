// The suite of all tests that need PostgreSQL, Postfix or the built command; it runs them one after the other.

import Testing

@Suite("End to end", .serialized, .sanitizerReports)
enum EndToEnd {}
