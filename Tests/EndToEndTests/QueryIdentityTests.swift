// No key may change the structure of a query: what PostgreSQL itself takes the statements for.

import Databases
import Foundation
import LookupValues
import PostgreSQL
import TestSupport
import Testing
import ThrowawayServers

@testable import LookupTables

extension EndToEnd {
    @Suite("The identity of queries", .serialized)
    struct QueryIdentityTests {
        /// So many templates, and keys for each. MAPMUX_IDENTITY_ROUNDS multiplies the templates.
        private static let rounds =
            ProcessInfo.processInfo.environment["MAPMUX_IDENTITY_ROUNDS"].flatMap { Int($0) } ?? 1

        @Test("No key makes another query of a statement, by the server's own query identifier")
        func identity() throws {
            let scene = try IdentityScene()
            var templates = HostileText(seed: 41)
            var tables = try scene.corpus()
            for _ in 0..<600 * Self.rounds { tables += scene.tables(query: templates.query()) }
            #expect(tables.count > 200)
            for standardStrings in ["on", "off"] {
                var run = try IdentityRun(scene, encoding: "UTF8", standardStrings: standardStrings)
                var keys = HostileText(seed: 42)
                for table in tables { try run.compare(table, (0..<20).map { _ in keys.key() }) }
                run.report()
                #expect(run.identified > 2_000 && run.refused < tables.count / 2)
            }
        }

        @Test(
            "Nor under other encodings, in which a backslash or a letter can be a character's second byte",
            arguments: [
                "LATIN1", "WIN1252", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "SJIS", "SHIFT_JIS_2004", "BIG5",
                "GBK",
                "UHC", "GB18030", "JOHAB",
            ])
        func encodings(encoding: String) throws {
            let scene = try IdentityScene.shared.get()
            var templates = HostileText(seed: 43)
            var tables = HostileText.plainQueries.flatMap(scene.tables)
            for _ in 0..<20 * Self.rounds { tables += scene.tables(query: templates.query()) }
            for standardStrings in ["on", "off"] {
                var run = try IdentityRun(scene, encoding: encoding, standardStrings: standardStrings)
                var keys = HostileText(seed: 44)
                for table in tables { try run.compare(table, (0..<15).map { _ in keys.key(anyBytes: true) }) }
                run.report()
                #expect(run.identified > 50)
            }
        }
    }
}

/// A database with the corpus' tables.
private final class IdentityScene: Sendable {
    static let shared = Result { try IdentityScene() }
    static let database = "identity"

    let cluster: ThrowawayCluster
    private let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Corpus"

    init() throws {
        cluster = try ThrowawayCluster(settings: ["compute_query_id": "on"])
        try cluster.createDatabase(Self.database)
        let schema = String(decoding: try readFile("\(source)/schema.sql"), as: UTF8.self)
        try cluster.psql(Self.database, schema)
    }

    /// A table with this query; none where it is refused.
    func tables(query: String) -> [TableDefinition] {
        tables(Array("dbname = d\nquery = \(query)\n".utf8))
    }

    func corpus() throws -> [TableDefinition] {
        try FileManager.default.contentsOfDirectory(atPath: "\(source)/files").sorted().flatMap { name in
            tables(try readFile("\(source)/files/\(name)"))
        }
    }

    private func tables(_ file: [UInt8]) -> [TableDefinition] {
        var diagnostics: [Diagnostic] = []
        let table = TableDefinitionReader.read(
            file: "t.cf", contents: file, readFile: { _ in Array("example.com x".utf8) },
            diagnostics: &diagnostics)
        return table.map { $0.template.parameterCount > 0 ? [$0] : [] } ?? []
    }
}

/// Compares statements on one connection with the same ones for a key that means nothing.
private struct IdentityRun {
    private let runner: StatementRunner
    private let name: String
    private let returnsKeys: Bool
    private(set) var identified = 0
    private(set) var failed = 0
    private(set) var refused = 0
    private(set) var values = 0

    init(_ scene: IdentityScene, encoding: String, standardStrings: String) throws {
        name = "\(encoding), standard_conforming_strings = \(standardStrings)"
        // Of the others some have two codes for a character, of which another comes back than went in.
        returnsKeys = encoding == "UTF8" || encoding == "LATIN1"
        runner = try StatementRunner(
            scene.cluster, database: IdentityScene.database, encoding: encoding,
            // The last: without the server's own precaution against what the encodings are about.
            options: "-c standard_conforming_strings=\(standardStrings) -c escape_string_warning=off "
                + "-c backslash_quote=on")
    }

    func report() {
        print(
            "\(name): \(identified) statements identified, \(failed) failed for the value, \(values) values "
                + "compared, \(refused) templates refused")
    }

    mutating func compare(_ table: TableDefinition, _ keys: [[UInt8]]) throws {
        guard runner.connection.refusal(of: table.template) == nil else {
            refused += 1
            return
        }
        let keys = keys.filter { table.exclusion(of: $0.span) == nil }
        let explain = "EXPLAIN (VERBOSE, COSTS OFF) "
        for form in StatementRunner.Form.allCases {
            func statements(_ prefix: String, _ keys: [[UInt8]]) -> [StatementRunner.Statement] {
                keys.map { StatementRunner.Statement(prefix: prefix, table: table, key: $0, form: form) }
            }
            let harmless = ["user@a.example.com", "7@1.2.example.com", "2020-01-01@a.b.c", "10.0.0.1@a.b.c"]
                .map { Array($0.utf8) }.filter { table.exclusion(of: $0.span) == nil }
            let expected = Set(try runner.run(statements(explain, harmless)).compactMap(identifier))
            // One that means nothing does not fit every column, nor can every parameter's type be told.
            guard let identity = expected.first else { continue }
            #expect(expected.count == 1, "\(table.template.sql) has \(expected.count) identities")
            for (answer, key) in zip(try runner.run(statements(explain, keys)), keys) {
                judge(answer, identity, "\(name): \(table.template.sql) with \(printable(key))")
            }
        }
        try compareValues(table, keys)
    }

    private mutating func judge(_ answer: StatementRunner.Answer, _ identity: String, _ what: String) {
        if let found = identifier(answer) {
            identified += 1
            if found != identity { Issue.record("another query: \(what)") }
        } else if case .failed(let sqlState, _) = answer, sqlState.hasPrefix("22") {
            // A data exception: the value is none of the type, or not of the encoding.
            failed += 1
        } else if case .failed("23514", _) = answer {
            // The CHECK of a domain.
            failed += 1
        } else {
            Issue.record("\(answer): \(what)")
        }
    }

    private func identifier(_ answer: StatementRunner.Answer) -> String? {
        guard case .values(let values) = answer else { return nil }
        return values.map { String(decoding: $0, as: UTF8.self) }.last { $0.hasPrefix("Query Identifier: ") }
    }

    /// A query that returns its literal returns the same in both forms, and the key where nothing converts it.
    private mutating func compareValues(_ table: TableDefinition, _ keys: [[UInt8]]) throws {
        guard table.template.sql == "SELECT $1" else { return }
        func answers(_ form: StatementRunner.Form) throws -> [StatementRunner.Answer] {
            try runner.run(
                keys.map { StatementRunner.Statement(prefix: "", table: table, key: $0, form: form) })
        }
        for ((literal, parameter), key) in zip(zip(try answers(.literal), try answers(.parameters)), keys) {
            values += 1
            var text: [UInt8] = []
            table.template.appendParameter(0, key: key.span, into: &text)
            switch (literal, parameter) {
            case (.values(let literal), .values(let parameter)):
                #expect(literal == parameter, "\(name): \(printable(text))")
                if returnsKeys { #expect(literal == [text], "\(name): \(printable(text))") }
            case (.failed(let literal, _), .failed(let parameter, _)):
                // Not of the encoding, or without a counterpart in the database's: which one is seen first may differ.
                #expect(literal.hasPrefix("22") && parameter.hasPrefix("22"), "\(name): \(printable(text))")
            default:
                Issue.record("\(name): \(literal) and \(parameter) for \(printable(text))")
            }
        }
    }
}

/// Random queries and keys, the same for the same seed.
private struct HostileText {
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    private static let expressions = [
        "'%s'", "'%s'", "'%u'", "'<%u''@%d>'", "'''%s'''", "'%s''%u'", "''''  '%s'", "('%s')", "(('%u'))",
        "'%s'::text", "'%s'||'%u'", "'%s' || '%d' || '%1'", "N'%s'", "concat('%s', '=', 'it''s')",
        "E'\\'' || '%s'", "e'\\\\'||'%s'", "$$'$$ || '%s'", "$a$ '%%s' $$ $a$ || '%s'",
        "/* ' /* '' */ \" */ '%s'",
        "U&'\\0041''' || '%s'", "'%s' LIKE '%%%u%%'", "'%s' LIKE '%%!_%s' ESCAPE '!'", "'a'\r'%s'",
        "'%s' \r '%u'", "CASE WHEN '%s' = '%u' THEN 'x' ELSE '%d' END", "length('%s')", "(SELECT '%s')",
        "array['%s', '%u']", "coalesce('%s', '')", "X'1f' || B'1'::text || '%s'", "position('%u' in '%s')",
        "'%s' AS \"a'b\"",
        "text '%s'", "'%s' IN ('%s', '%u')", "lower('%s')", "substring('%s' from '.')", "'\\' || '%s'",
        "'\\%s'",
        "'ß%s'", "'あ%s'", "'é%sà'", "concat('ア', '%s')", "'%s漢'", "concat('日本%u', '%d')", "'%%%s%%'",
        "'--%s'", "'/*%s'",
        "'*/%s/*'", "'%s' -- '", "'$$%s'", "'$1%s'", "'E%s'", "E'%s'", "$$%s$$", "\"%s\"", "%s", "'%s",
    ]

    private static let ends = [
        "", "", "", ";", " -- ' %%", " /* ' */", " FROM mxaliases WHERE alias = '%s'",
        " FROM mxaliases WHERE alias LIKE '%%%u%%' AND status = 'paid' ORDER BY 1 LIMIT 5;",
        " FROM mxaliases a JOIN mxaliases b ON a.alias = b.alias || '%d' WHERE a.status IN ('paid', '%u')",
    ]

    private static let pieces: [[UInt8]] = [
        "'", "''", "'''", "\\", "\\'", "\\\\", "\\\\'", "\"", "$$", "$a$", "$1", "--", "/*", "*/", ";", "%s",
        "%", "@",
        "@", ".", "a", "x", "E'", "U&'", "\n", "\r", "\t", "\u{1}", "\u{7F}", "ß", "あ", "ア", "漢", "\u{1F600}",
        "é",
        " OR 1=1", ")", "(", ",", "'; DROP TABLE canary; --", "' OR '1'='1",
        "' UNION SELECT state FROM canary --",
        "\\' OR 1=1 --", "\\'||(SELECT state FROM canary)||\\'", "1", "user", "example.com", "NULL", "{}",
        "::int", "\\x27",
        "\\047", "\\u0027", "\u{2019}", "\u{FF07}", "\u{5C}n",
    ].map { Array($0.utf8) }

    /// Bytes that are half a character in some encoding.
    private static let halves: [[UInt8]] = [
        [0x81], [0x82], [0x83, 0x5C], [0x81, 0x27], [0xA1], [0xBF, 0x27], [0xBF, 0x5C, 0x27], [0xC0, 0x27],
        [0xE0],
        [0xE3, 0x81], [0xF0, 0x9F], [0xFE], [0xFF], [0x80], [0x95, 0x5C], [0x8E], [0x8F, 0xA1],
        [0x84, 0x31, 0x95],
    ]

    /// Each expression by itself.
    static var plainQueries: [String] { expressions.map { "SELECT \($0)" } }

    mutating func query() -> String {
        let expressions = (0...random.below(3)).map { _ in
            Self.expressions[random.below(Self.expressions.count)]
        }
        return "SELECT " + expressions.joined(separator: ", ") + Self.ends[random.below(Self.ends.count)]
    }

    /// - Parameter anyBytes: with bytes that are not UTF-8, which no table admits but escaping must stand.
    mutating func key(anyBytes: Bool = false) -> [UInt8] {
        var key = random.below(4) == 0 ? Array(["\\'", "\\", "\\\\'", "'"][random.below(4)].utf8) : []
        for _ in 0...random.below(7) {
            key +=
                anyBytes && random.below(8) == 0
                ? Self.halves[random.below(Self.halves.count)] : Self.pieces[random.below(Self.pieces.count)]
        }
        if random.below(50) == 0 { key = Array(repeatElement(key, count: 400).joined()) }
        return random.below(2) == 0 ? key : key + Array("@a.b.c".utf8)
    }
}
