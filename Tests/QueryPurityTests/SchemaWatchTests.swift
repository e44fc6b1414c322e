// The query that tells whether anything has changed.

import LookupTables
import Testing

@testable import QueryPurity

@Suite("Schema watch")
struct SchemaWatchTests {
    private func look(_ sql: String) -> String {
        lookSQL(for: [PurityFinding(purity: .pure, watch: SchemaWatch(SQLMentions(sql)))])
    }

    @Test("A name stays in its literal, whatever it is made of")
    func names() {
        let look = look(#"SELECT "it's", "back\slash", "a""b" FROM "münze", "日本""#)
        #expect(look.contains(#"E'it''s'"#) && look.contains(#"E'back\\slash'"#) && look.contains(#"E'a"b'"#))
        #expect(look.contains("pg_catalog.decode('6dc3bc6e7a65', 'hex')"))
        #expect(look.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("Two findings have one look, and the same in any order")
    func together() {
        let findings = ["SELECT a FROM t", "SELECT b(c) FROM s.t WHERE x <-> y"].map {
            PurityFinding(purity: .pure, watch: SchemaWatch(SQLMentions($0)))
        }
        #expect(lookSQL(for: findings) == lookSQL(for: findings.reversed()))
        #expect(lookSQL(for: findings).contains("E'<->'"))
    }

    @Test("Names beyond ASCII are left out of what the server could not read")
    func ascii() {
        let watch = SchemaWatch(SQLMentions("SELECT a FROM münze")).onlyASCII()
        #expect(watch == SchemaWatch(SQLMentions("SELECT a")))
    }
}
