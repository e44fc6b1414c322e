// Names in a table's file that look meant and are ignored.

import LookupTables
import Testing

@Suite("Ignored names in a table's file")
struct IgnoredNamesTests {
    @Test(
        "Each has a warning with its line, and the right one",
        arguments: [
            ("host", "expected `hosts`"), ("username", "expected `user`"),
            ("passwort", "expected `password`"),
            ("passwd", "expected `password`"), ("pasword", "expected `password`"),
            ("database", "expected `dbname`"),
            ("bdname", "expected `dbname`"), ("qeury", "expected `query`"), ("Query", "expected `query`"),
            ("result_fromat", "expected `result_format`"), ("domains", "expected `domain`"),
            ("expansion_limits", "expected `expansion_limit`"), ("port", "db.example.com:5433"),
            ("search_path", "the schema before each name"),
            ("sslmode", "need not be encrypted; expected it in a URI in `hosts`"),
            ("sslrootcert", "need not be encrypted"), ("tls_CAfile", "need not be encrypted"),
            ("target_session_attrs", "mail?target_session_attrs=…"),
            ("\u{feff}hosts", "found a byte order mark before `hosts`"),
        ])
    func named(name: String, right: String) throws {
        let reading = TableReading("\(name) = geheim\ndbname = mail\nquery = SELECT '%s'\n")
        #expect(reading.table != nil)
        let warning = try #require(reading.diagnostics.first)
        #expect(reading.diagnostics.count == 1 && warning.hasPrefix("t.cf:1: found "), "\(warning)")
        #expect(warning.contains(right) && !warning.contains("geheim"), "\(warning)")
    }

    @Test(
        "A name that resembles none is left alone", arguments: ["comment", "x", "unknown_to_all", "version"])
    func unlike(name: String) {
        #expect(TableReading("\(name) = 1\ndbname = mail\nquery = SELECT '%s'\n").diagnostics == [])
    }
}
