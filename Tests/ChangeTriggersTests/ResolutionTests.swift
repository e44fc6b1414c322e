// What triggers must tell for a query.

import AnswerCache
import Testing

@testable import ChangeTriggers

@Suite("Resolution")
struct ResolutionTests {
    private let catalog = CatalogRows()

    private func resolve(
        _ name: String, _ catalog: CatalogRows, sameTexts: [Int] = [0, 1], takesKeys: Bool = true
    ) throws -> QueryDependencies.Resolution {
        QueryDependencies(texts: [try RecordedTree.text(of: name, version: 15)])
            .resolve(catalog.facts, sameTexts: sameTexts, takesKeys: takesKeys)
    }

    private func reason(_ name: String, _ catalog: CatalogRows) throws -> String? {
        guard case .untellable(let reason) = try resolve(name, catalog) else { return nil }
        return reason
    }

    private func recipes(_ resolution: QueryDependencies.Resolution) -> [String?]? {
        guard case .needs(let needs, _) = resolution else { return nil }
        return needs.map { $0.recipe?.name }
    }

    private func key(_ resolution: QueryDependencies.Resolution) -> [Int]? {
        guard case .needs(_, let key) = resolution else { return nil }
        return key?.parameters
    }

    @Test("The key has as many texts as one table has compared; another table's changes count for all keys")
    func keys() throws {
        let pair = try resolve("pair", catalog)
        #expect(recipes(pair) == ["5+6", nil] && key(pair) == [0, 1])
        let outer = try resolve("outer", catalog)
        #expect(recipes(outer) == ["1", "1"] && key(outer) == [0])
        // '%d' twice.
        let same = try resolve("pair", catalog, sameTexts: [0, 0])
        #expect(recipes(same) == ["5", "1"] && key(same) == [0])
        guard case .needs(let needs, _) = pair else { return }
        #expect(needs[0].columns.map(\.name) == ["goto", "local", "domain"])
        #expect(needs[0].columns.allSatisfy { $0.comparison == .bytes } && needs[0].name == "alias")
    }

    @Test("Without UTF-8 on both sides, or under another collation, any change counts for all keys")
    func encodings() throws {
        for resolution in [
            try resolve("pair", catalog, takesKeys: false),
            try resolve("pair", catalog.with(["encoding", "SQL_ASCII"], insteadOf: 1)),
            try resolve("pair", catalog.with(["collation", "17"], insteadOf: 1)),
        ] {
            #expect(recipes(resolution) == [nil, nil] && key(resolution) == nil)
        }
    }

    @Test("What no trigger tells of is said")
    func untellable() throws {
        func relation(
            _ kind: String, _ persistence: String = "p", _ rls: String = "false", _ sub: String = "false"
        )
            throws -> String?
        {
            try reason(
                "plain",
                catalog.with(
                    ["relation", "20001", "mail", "alias", kind, persistence, rls, sub], insteadOf: 2))
        }
        #expect(try relation("m") == "mail.alias is a materialized view")
        #expect(try relation("f") == "mail.alias is a foreign table")
        #expect(try relation("S") == "mail.alias is no table")
        #expect(try relation("r", "t") == "mail.alias is temporary")
        #expect(try relation("r", "p", "true") == "mail.alias has row-level security")
        #expect(try relation("r", "p", "false", "true")?.contains("logical replication") == true)
        #expect(try relation("p") == nil && relation("r", "u") == nil)
        #expect(try reason("plain", CatalogRows(rows: catalog.rows.filter { $0[0] != "relation" })) != nil)
        #expect(
            try reason("plain", CatalogRows(rows: catalog.rows.filter { $0[0] != "type" }))
                == "a type is not known")
        #expect(try reason("plain", CatalogRows(rows: catalog.rows.filter { $0[0] != "column" })) != nil)
    }

    @Test(
        "Functions are steady if they are immutable, and PostgreSQL's own or an extension's in C",
        arguments: [
            (
                ["now", "s", "internal", "true", "false", "now"],
                "now() may answer differently though no row has changed"
            ),
            (["lower", "i", "internal", "true", "false", "lower"], nil),
            (["concat", "s", "internal", "true", "false", "text_concat"], nil),
            (["textanycat", "s", "sql", "true", "false", ""], nil),
            (["citext_eq", "i", "c", "false", "true", "citext_eq"], nil),
            (
                ["unaccent", "s", "c", "false", "true", "unaccent"],
                "unaccent() may answer differently though no row has changed"
            ),
            (
                ["concat", "s", "c", "false", "true", "text_concat"],
                "concat() may answer differently though no row has changed"
            ),
            (["f", "i", "sql", "false", "true", ""], "f() may read what no trigger tells of"),
            (["f", "i", "internal", "false", "false", "lower"], "f() may read what no trigger tells of"),
            (["f", "i", "plpgsql", "false", "false", ""], "f() may read what no trigger tells of"),
        ] as [([String], String?)])
    func functions(row: [String], expected: String?) throws {
        #expect(try reason("plain", catalog.with(["function"] + row)) == expected)
    }

    @Test("Types are steady if their texts depend on nothing but the value")
    func types() throws {
        func type(_ values: [String]) throws -> String? {
            try reason("plain", catalog.with(["type", "16"] + values, insteadOf: 2))
        }
        #expect(
            try type(["regclass", "regclassin", "s", "regclassout", "s", "true", ""])?.contains("regclass")
                == true)
        #expect(try type(["enum", "enum_in", "s", "enum_out", "s", "true", ""]) == nil)
        #expect(try type(["row", "record_in", "s", "record_out", "s", "false", ""]) != nil)
        #expect(
            try type(["date[]", "array_in", "s", "array_out", "s", "true", "1082"]) == "a type is not known")
        #expect(try type(["text[]", "array_in", "s", "array_out", "s", "true", "25"]) == nil)
        // A parameter's text may be 'now'.
        let read = catalog.with(
            ["type", "25", "t", "timestamptz_in", "s", "timestamptz_out", "s", "true", ""], insteadOf: 2)
        #expect(try reason("plain", read)?.contains("'now'") == true)
    }

    @Test("Partitions, and tables above them, must tell the same by the names of columns")
    func family() throws {
        let below = catalog.with(["child", "20005", "20001"])
            .with(["relation", "20005", "mail", "alias_1", "r", "p", "false", "false"])
            .with(["column", "20005", "7", "address", "25", "100", "false"])
            .with(["column", "20005", "2", "goto", "25", "100", "false"])
        #expect(try reason("plain", below)?.contains("has no column active") == true)
        let whole = below.with(["column", "20005", "3", "active", "16", "0", "false"])
        let resolution = try resolve("plain", whole)
        #expect(recipes(resolution) == ["1", "7"])
        let other = whole.with(["column", "20005", "7", "address", "25", "17", "false"], insteadOf: 3)
        #expect(try recipes(resolve("plain", other)) == ["1", nil])
        // A partition that is read by its own name may be written by way of the table above.
        let above = catalog.with(["child", "20001", "20006"])
            .with(["relation", "20006", "mail", "all", "p", "p", "false", "true"])
        #expect(try reason("plain", above)?.contains("mail.all is written by logical replication") == true)
    }

    @Test("A column that is generated when it is read counts by all others of the row")
    func generated() throws {
        let virtual = catalog.with(["column", "20001", "2", "goto", "25", "100", "true"], insteadOf: 3)
        guard case .needs(let needs, _) = try resolve("plain", virtual) else {
            Issue.record("nothing found")
            return
        }
        #expect(needs[0].columns.map(\.number) == [1, 3, 4, 5, 6])
        let key = catalog.with(["column", "20001", "1", "address", "25", "100", "true"], insteadOf: 3)
        #expect(try recipes(resolve("plain", key)) == [nil])
    }
}
