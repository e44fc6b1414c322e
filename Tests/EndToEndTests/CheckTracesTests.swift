// What `mapmux check` and `query --explain` leave behind on a server: nothing, as its own log tells.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Traces of check and query --explain", .serialized)
    struct CheckTracesTests {
        /// A site whose log has each statement that succeeds.
        private func scene() throws -> Scene {
            try Scene(clusters: [try ThrowawayCluster(settings: ["log_min_duration_statement": "0"])])
        }

        /// What a server's log tells of prepared statements.
        private struct Statements {
            /// The names by which statements were prepared, in their order.
            private(set) var names: [String] = []
            /// Those that were taken away in the transaction in which they were made.
            private(set) var removed: Set<String> = []

            init(logOf cluster: ThrowawayCluster) throws {
                var inTransaction: Set<String> = []
                let log = String(decoding: try readFile(cluster.logPath), as: UTF8.self)
                for line in log.split(separator: "\n") {
                    guard let duration = line.firstRange(of: " ms  ") else { continue }
                    let words = line[duration.upperBound...].split(separator: " ")
                    if words[0] == "parse", words[1] != "<unnamed>:" {
                        inTransaction.insert(String(words[1].dropLast()))
                        names.append(String(words[1].dropLast()))
                    }
                    guard words[0] == "execute", words.count > 2 else { continue }
                    switch words[2] {
                    case "PREPARE":
                        inTransaction.insert(String(words[3]))
                        names.append(String(words[3]))
                    case "DEALLOCATE":
                        if inTransaction.remove(String(words[3])) != nil { removed.insert(String(words[3])) }
                    case "ROLLBACK":
                        if words.count == 3 { inTransaction = [] }
                    default: continue
                    }
                }
            }
        }

        @Test("Each statement has a name of its own, and goes in the transaction in which it came")
        func names() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            for _ in 0..<2 { #expect(try mapmux.run("check", []).status == 0) }
            let statements = try Statements(logOf: scene.cluster)
            // By itself, for many keys, and for two plans: of two tables at least.
            #expect(statements.names.count >= 16, "\(statements.names)")
            #expect(Set(statements.names).count == statements.names.count, "\(statements.names)")
            #expect(statements.removed == Set(statements.names))
        }

        @Test("So it is where the key can't be explained, and the reason is the server's first")
        func failing() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            let result = try mapmux.run("query", ["--explain", "numbers", "seven"])
            #expect(result.status == 75 && result.stderr.contains("22P02"), "\(result.stderr)")
            let statements = try Statements(logOf: scene.cluster)
            #expect(statements.names.count >= 3, "\(statements.names)")
            #expect(statements.removed == Set(statements.names), "\(statements.names)")
        }

        @Test("A failure that is not about parameters is reported, and not taken for a need of literals")
        func cancelled() throws {
            let scene = try scene()
            try scene.cluster.psql(
                Scene.database, "CREATE TABLE locked (x text, y text); CREATE ROLE hasty LOGIN;")
            try scene.cluster.psql(
                Scene.database,
                "GRANT SELECT ON locked TO hasty; ALTER ROLE hasty SET statement_timeout = '200ms'")
            let path = try scene.directory.write(
                "locked.cf",
                """
                hosts = \(scene.cluster.host)
                user = hasty
                dbname = \(Scene.database)
                query = SELECT y FROM locked WHERE x = '%s'

                """)
            let lock = try TableLock("locked", in: scene)
            defer { try? lock.release() }
            let mapmux = try MapmuxProcess(maps: ["pgsql:\(path)"])
            let result = try mapmux.run("check", [])
            #expect(result.status == 75 && result.stderr.contains("statement timeout"), "\(result.stderr)")
            let log = String(decoding: try readFile(scene.cluster.logPath), as: UTF8.self)
            #expect(log.components(separatedBy: "canceling statement due to statement timeout").count == 2)
        }

        @Test("Nobody is left waiting for a lock, and a host where all tables are locked is given up")
        func locked() throws {
            let scene = try scene()
            try scene.cluster.psql(Scene.database, "CREATE TABLE locked (x text, y text)")
            let lock = try TableLock("locked", in: scene)
            defer { try? lock.release() }
            let names = (1...8).map { "locked\($0)" }
            let maps = try names.map { try scene.table($0, query: "SELECT y FROM locked WHERE x = '%s'") }
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["connect_timeout": "2s"])
            let result = try mapmux.run("check", [])
            let waiting = try scene.cluster.psql(
                Scene.database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            #expect(waiting == "0")
            #expect(result.status == 75 && result.stderr.contains("lock timeout"), "\(result.stderr)")
            let verdicts = result.text.split(separator: "\n")
            #expect(verdicts.filter { $0.hasSuffix("query can't be prepared") }.count == 5, "\(verdicts)")
            #expect(verdicts.filter { $0.hasSuffix("not checked, as no host answers") }.count == 3)
        }

        @Test("A role's stricter timeout is kept")
        func strict() throws {
            let scene = try scene()
            try scene.cluster.psql(
                Scene.database, "CREATE ROLE hasty LOGIN; ALTER ROLE hasty SET statement_timeout = '200ms'")
            let path = try scene.directory.write(
                "slow.cf",
                """
                hosts = \(scene.cluster.host)
                user = hasty
                dbname = \(Scene.database)
                query = SELECT '%s' FROM pg_sleep(2)

                """)
            let mapmux = try MapmuxProcess(maps: ["pgsql:\(path)"])
            let result = try mapmux.run("query", ["--explain", "slow", "x"])
            #expect(result.status == 75 && result.stderr.contains("statement timeout"), "\(result.text)")
        }
    }
}
