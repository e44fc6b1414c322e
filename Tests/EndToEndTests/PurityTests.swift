// Which queries are found to be pure, on every kind of connection, and what shows that it must be found out anew.

import Databases
import EventLoop
import LookupTables
import LookupValues
import PostgreSQL
import QueryPurity
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Purity", .serialized)
    struct PurityTests {
        @Test(
            "Each query is known for what it is, on a primary, without TEMP, on a standby, through a pooler",
            arguments: PurityScene.Way.allCases)
        func trial(way: PurityScene.Way) throws {
            let scene = try PurityScene.shared.get()
            let connection = try scene.connection(way)
            let isPooled = try connection.lookForPooler(until: scene.deadline).isPooled
            let findings = try connection.findPurities(
                of: PurityScene.shapes.map { try QueryTemplate.compile($0.query) }, isPooled: isPooled,
                until: scene.deadline)
            for (shape, finding) in zip(PurityScene.shapes, findings) {
                #expect(shape.isRight(finding.purity), "\(way): \(shape.query): \(finding.purity)")
            }
            // Each by itself comes to the same.
            for (shape, finding) in zip(PurityScene.shapes, findings) {
                let alone = try connection.findPurity(
                    of: try QueryTemplate.compile(shape.query), isPooled: isPooled, until: scene.deadline)
                #expect(
                    alone.purity == finding.purity && alone.watch == finding.watch, "\(way): \(shape.query)")
            }
            #expect(try connection.askAll(lookSQL(for: findings)).count == 1)
            try scene.expectNothingLeft(by: connection)
        }

        @Test("The look shows every change that may count, and none of data and statistics")
        func look() throws {
            let cluster = try ThrowawayCluster()
            try cluster.createDatabase(PurityScene.database)
            try cluster.psql(PurityScene.database, PurityScene.setup + PurityChange.setup)
            let parameters = ConnectionParameters([
                ("host", cluster.socketDirectory), ("user", "reader"), ("dbname", PurityScene.database),
            ])
            let connection = try connect(parameters, timeout: 30).get()
            let deadline = MonotonicClock.now().advanced(byNanoseconds: 300_000_000_000)
            let templates = try PurityChange.queries.map { try QueryTemplate.compile($0) }
            for change in PurityChange.all {
                let findings = try connection.findPurities(of: templates, isPooled: false, until: deadline)
                let look = lookSQL(for: findings)
                let before = try connection.askAll(look)
                #expect(before.count == 1 && before[0].utf8.count > 10)
                try cluster.psql(PurityScene.database, change.sql)
                // Settings of roles and databases are a session's from its beginning, and a look sees them all the same.
                let after = try connection.askAll(look)
                #expect((after != before) == change.counts, "\(change.sql)")
                // Another session sees the same.
                let other = try connect(parameters, timeout: 30).get()
                if !change.sql.contains("search_path") {
                    #expect(try other.askAll(look) == after, "\(change.sql)")
                }
            }
        }

        @Test("The look reads no large catalog from one end to the other, among 3,000 tables")
        func plan() throws {
            let cluster = try ThrowawayCluster()
            try cluster.createDatabase("large")
            for part in 0..<6 {
                try cluster.psql(
                    "large",
                    """
                    SELECT format('CREATE TABLE t%s (k text PRIMARY KEY, a text, b text, c text, d text)', n)
                    FROM generate_series(\(part * 500), \(part * 500 + 499)) AS n \\gexec
                    """)
            }
            try cluster.psql("large", "CREATE VIEW v AS SELECT k, a FROM t7; VACUUM ANALYZE")
            let connection = try connect(
                ConnectionParameters([
                    ("host", cluster.socketDirectory), ("user", "postgres"), ("dbname", "large"),
                ]), timeout: 30
            ).get()
            let templates = try (0..<20).map { number in
                try QueryTemplate.compile(
                    number == 7
                        ? "SELECT a FROM v WHERE k = '%s'"
                        : "SELECT lower(a) || '%d' FROM t\(number) WHERE k = '%s' AND b LIKE 'x'")
            }
            let deadline = MonotonicClock.now().advanced(byNanoseconds: 60_000_000_000)
            let findings = try connection.findPurities(of: templates, isPooled: false, until: deadline)
            #expect(findings.allSatisfy { $0.purity == .pure }, "\(findings.map(\.purity))")
            let plan = try connection.askAll("EXPLAIN " + lookSQL(for: findings))
            let whole = plan.filter { line in
                line.contains("Seq Scan on")
                    && [
                        "pg_class", "pg_attribute", "pg_proc", "pg_type", "pg_depend", "pg_operator",
                    ]
                    .contains { line.contains("Seq Scan on \($0) ") }
            }
            #expect(whole.isEmpty, "\(plan.joined(separator: "\n"))")
        }

        @Test("A table under a lock holds a new connection for a second at most, and is asked of again")
        func locked() throws {
            let scene = try PurityScene.shared.get()
            let templates = try ["SELECT v FROM t WHERE k = '%s'", "SELECT v FROM parts WHERE k = '%s'"]
                .map { try QueryTemplate.compile($0) }
            for way in [PurityScene.Way.primary, .withoutTemporary] {
                let database = way == .withoutTemporary ? "closed" : PurityScene.database
                let lock = try TableLock("t", cluster: scene.primary, database: database)
                let connection = try scene.connection(way)
                let findings = try connection.findPurities(
                    of: templates, isPooled: false, until: scene.deadline)
                #expect(!findings[0].isSettled && findings[1].purity == .pure, "\(findings)")
                try lock.release()
                #expect(
                    try connection.findPurity(of: templates[0], isPooled: false, until: scene.deadline).purity
                        == .pure)
                try scene.expectNothingLeft(by: connection)
            }
        }
    }
}

extension Connection {
    /// The values of all rows.
    func askAll(_ sql: String) throws -> [String] {
        guard sendStatement(appendSQL: { $0 += sql.utf8 }), sendSync() else { throw error }
        var values: [String] = []
        while true {
            while let result = nextResult() {
                switch consume result {
                case .succeeded(let rows):
                    rows.forEachValue { value in
                        values.append(
                            unsafe value.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })
                    }
                case .failed(let error): throw error
                case .disconnected(let error): throw error
                case .prepared: continue
                case .aborted: continue
                case .synced: return values
                }
            }
            guard flush() != .disconnected else { throw error }
            let deadline = MonotonicClock.now().advanced(byNanoseconds: 30_000_000_000)
            guard waitUntilReady(descriptor, for: .readable, until: deadline) else {
                throw SupportError("no answer")
            }
            consumeInput()
        }
    }
}
