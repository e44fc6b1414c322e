// Queries without a key, and the names in a text.

import Testing

@testable import LookupTables

@Suite("Analysis of queries")
struct QueryAnalysisTests {
    @Test(
        "NULL stands for each literal with placeholders, of the type whose name is before it",
        arguments: [
            ("SELECT v FROM t WHERE k = '%s'", "SELECT v FROM t WHERE k = NULL"),
            ("SELECT v FROM t WHERE k='%u'AND d='%d'", "SELECT v FROM t WHERE k=NULL AND d=NULL"),
            ("SELECT '%s'", "SELECT NULL"), ("SELECT 'x' || '%s' || 'y'", "SELECT 'x' || NULL || 'y'"),
            ("SELECT date '%s' + 1", "SELECT NULL::date + 1"),
            ("SELECT inet'%s'", "SELECT NULL::inet"), ("SELECT N'%s'", "SELECT NULL::pg_catalog.bpchar"),
            ("SELECT mail.address '%s'", "SELECT NULL::mail.address"),
            ("SELECT double precision '%s'", "SELECT NULL::double precision"),
            (
                "SELECT v FROM t WHERE k IN ('%s', '%u') AND j LIKE '%s'",
                "SELECT v FROM t WHERE k IN (NULL, NULL) AND j LIKE NULL"
            ),
            (
                "SELECT CASE WHEN '%s' = k THEN '%u' ELSE '%d' END FROM t",
                "SELECT CASE WHEN NULL = k THEN NULL ELSE NULL END FROM t"
            ),
            ("SELECT substring('%s' from '@(.*)')", "SELECT substring(NULL from '@(.*)')"),
            ("VALUES ('%s')", "VALUES (NULL)"), ("TABLE t", "TABLE t"),
        ])
    func withoutKeys(query: String, expected: String) throws {
        #expect(try QueryTemplate.compile(query).withoutKeys == expected)
    }

    @Test("Names are as the catalogs have them, and operators whole")
    func mentions() {
        let mentions = SQLMentions(
            #"SELECT Lower(t."Odd ""Name"), a.B::mail.Addr FROM x.t -- y"# + "\n"
                + "WHERE a <->'c d' AND b @>-1 AND (k,l) IN (TABLE z) AND $1 LIKE $q$e$q$ /* f */ AND g ~~* h"
        )
        #expect(
            mentions.names == [
                "lower", "t", "Odd \"Name", "a", "b", "mail", "addr", "x", "k", "l", "in", "table", "z",
                "like", "g", "h",
            ])
        #expect(
            mentions.operators
                == ["<->", "@>-", "@>", "~~", "!~~", "=", "<>", "~~*"])
        #expect(mentions.isComplete && !SQLMentions("SELECT 'x").isComplete)
    }

    @Test("What begins as reading may be looked at")
    func reading() throws {
        for query in [
            "SELECT 1", "with x as (select 1) select * from x", "VALUES (1)", "table t", "((SELECT 1))",
        ] {
            #expect(try QueryTemplate.compile(query).beginsAsReading, "\(query)")
        }
        for query in [
            "INSERT INTO t VALUES ('%s')", "CALL p('%s')", "/* SELECT */ DELETE FROM t", "EXECUTE x",
        ] {
            #expect(try !QueryTemplate.compile(query).beginsAsReading, "\(query)")
        }
    }
}
