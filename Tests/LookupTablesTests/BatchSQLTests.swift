// A query for many keys: what its statement is, and how its parameters are written.

import LookupTables
import LookupValues
import Testing

@Suite("Statements for many keys")
struct BatchSQLTests {
    private func sql(_ query: String, _ types: String...) throws -> String? {
        try QueryTemplate.compile(query).arraySQL(arrayTypes: types)
    }

    private func array(_ query: String, _ index: Int = 0, _ keys: String...) throws -> String {
        var bytes: [UInt8] = []
        try QueryTemplate.compile(query).appendArray(index, into: &bytes) { body in
            for key in keys { body(Array(key.utf8).span) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("The query stands in it with a column in place of each parameter, and cannot be joined otherwise")
    func statement() throws {
        #expect(
            try sql("SELECT goto FROM alias WHERE address='%s' AND domain LIKE '%d%%'", "text[]", "citext[]")
                == """
                SELECT mapmux_keys.mapmux_place, mapmux_rows.* FROM ROWS FROM (pg_catalog.unnest($1::text[]), \
                pg_catalog.unnest($2::citext[])) WITH ORDINALITY AS mapmux_keys (mapmux_p1, mapmux_p2, mapmux_place), \
                LATERAL (SELECT * FROM (SELECT goto FROM alias WHERE address=mapmux_keys.mapmux_p1 AND domain \
                LIKE mapmux_keys.mapmux_p2
                ) AS mapmux_query OFFSET 0) AS mapmux_rows
                """)
    }

    @Test("A word beside a literal does not run into the column's name")
    func words() throws {
        let text = try #require(try sql("SELECT'%s'AS x WHERE a='%u'OR b", "text[]", "text[]"))
        #expect(text.contains("(SELECT mapmux_keys.mapmux_p1 AS x WHERE a=mapmux_keys.mapmux_p2 OR b\n)"))
    }

    @Test("A comment at the end ends before what follows")
    func comment() throws {
        #expect(try sql("SELECT '%s' -- why", "text[]")?.contains("mapmux_p1 -- why\n) AS") == true)
    }

    @Test(
        "A query that can't stand in another one has none",
        arguments: [
            "VALUES ('%s')", "TABLE x", "INSERT INTO x VALUES ('%s') RETURNING y", "(SELECT '%s')",
            "SELECT mapmux_place FROM x WHERE y = '%s'", "SELECT 1 AS \"MAPMUX_Keys\" WHERE '%s' = ''",
        ])
    func others(query: String) throws {
        #expect(try sql(query, "text[]") == nil)
    }

    @Test("Nor has one without parameters, or with a type unknown")
    func types() throws {
        #expect(try sql("SELECT 1") == nil)
        #expect(try sql("SELECT '%s', '%u'", "text[]") == nil)
        #expect(try sql("with x as (select 1) select '%s'", "text[]") != nil)
    }

    @Test("Elements are quoted, and so is what would end them")
    func arrays() throws {
        #expect(try array("SELECT '%s'", 0, "a", "", "NULL", "b c,d{e}") == #"{"a","","NULL","b c,d{e}"}"#)
        #expect(try array("SELECT '%s'", 0, #"a"b"#, #"\"#, #"x\"y\\"#) == #"{"a\"b","\\","x\\\"y\\\\"}"#)
        #expect(try array("SELECT '%u', 'to \"%d\"'", 1, "a@b", "c@d") == #"{"to \"b\"","to \"d\""}"#)
    }
}
