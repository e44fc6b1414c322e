// Databases, logins and table files for changes, and how the changes are made.

import Foundation
import TestSupport
package import ThrowawayServers

package final class ChangeSite: Sendable {
    package let changes: [Change]
    private let clusters: [ThrowawayCluster]
    private let hosts: String
    private let directory: TemporaryDirectory

    /// Has each change set up in each cluster, and writes the files.
    ///
    /// - Parameter hosts: as the files name them; nil: the clusters themselves.
    package init(_ changes: [Change], _ clusters: [ThrowawayCluster], hosts: String? = nil) throws {
        self.changes = changes
        self.clusters = clusters
        self.hosts = hosts ?? clusters.map(\.host).joined(separator: " ")
        directory = try TemporaryDirectory()
        for cluster in clusters {
            // Several at once: a database is copied while another one is filled.
            for start in stride(from: 0, to: changes.count, by: 4) {
                let some = changes[start..<min(start + 4, changes.count)]
                for (change, command) in zip(some, try some.map { try Self.setUp($0, in: cluster) }) {
                    try waitUntil("\(change) is set up") { try command.result() != nil }
                    guard let result = try command.result(), result.status == 0 else {
                        throw SupportError("\(change): \(try command.error())")
                    }
                }
            }
        }
        for change in changes {
            for map in change.maps.indices { try write(change, map) }
        }
    }

    /// Makes the change's database and login and what is in them.
    private static func setUp(_ change: Change, in cluster: ThrowawayCluster) throws -> Command {
        let grants = ["SCHEMAS", "TABLES", "SEQUENCES", "FUNCTIONS", "TYPES"].map {
            "ALTER DEFAULT PRIVILEGES GRANT ALL ON \($0) TO {login};\n"
        }
        return try cluster.begin(
            "postgres",
            change.named(
                """
                CREATE DATABASE {database} TEMPLATE template0;
                \\c {database}
                CREATE ROLE {login} LOGIN;
                \(grants.joined())
                \(change.setup)
                """))
    }

    /// Runs SQL in the change's database, which may be read only for others.
    @discardableResult
    private static func psql(_ cluster: ThrowawayCluster, _ change: Change, _ sql: String) throws -> String {
        let settings = """
            SET default_transaction_read_only = off;
            SET client_min_messages = warning;
            SET standard_conforming_strings = on;

            """
        do {
            return try cluster.psql(change.slug, settings + change.named(sql))
        } catch {
            throw SupportError("\(change): \(error)")
        }
    }

    /// The path of a map's file.
    package func path(_ change: Change, _ map: Int) -> String {
        "\(directory.path)/\(change.mapName(map)).cf"
    }

    /// The path of a file for the first map that names the first host only.
    package func writeForFirstHost(_ change: Change) throws -> String {
        let map = change.maps[0]
        return try write(
            change, "\(change.slug)_alone.cf", hosts: clusters[0].host, map.query, more: map.more)
    }

    /// How `maps` names the files.
    package var maps: [String] {
        changes.flatMap { change in change.maps.indices.map { "pgsql:\(path(change, $0))" } }
    }

    private func write(_ change: Change, _ map: Int) throws {
        let form = change.maps[map]
        try write(change, "\(change.mapName(map)).cf", hosts: hosts, form.query, more: form.more)
    }

    @discardableResult
    private func write(
        _ change: Change, _ file: String, hosts: String, _ query: String, more: String
    ) throws -> String {
        let own = ["user = {login}", "dbname = {database}"]
        let further = more.split(separator: "\n").map(String.init)
        // Postfix warns of names that are given twice.
        let names = further.map { $0.prefix { $0 != "=" } }
        let lines = own.filter { line in !names.contains { line.hasPrefix($0) } } + further
        // Nobody but the daemon and Postfix should read a password.
        return try directory.write(
            file,
            """
            hosts = \(hosts)
            retry_interval = 1s
            query = \(change.named(query))
            \(change.named(lines.joined(separator: "\n")))

            """, mode: more.contains("password") ? 0o600 : 0o644)
    }

    /// Makes a change, or takes it back.
    ///
    /// - Parameter reload: has the daemon read its files, and tells how that ended and what was said.
    /// - Returns: when that was, and what was wrong with it.
    package func perform(
        _ action: Change.Action, of change: Change, reload: () throws -> (status: Int32, text: String)
    ) -> (span: AnswerHistory.Span, complaint: String?) {
        let begun = TestClock.now()
        var complaint: String?
        do {
            try make(action, of: change, reload: reload)
        } catch {
            complaint = "\(error)"
        }
        return (AnswerHistory.Span(begun: begun, done: TestClock.now()), complaint)
    }

    private func make(
        _ action: Change.Action, of change: Change, reload: () throws -> (status: Int32, text: String)
    ) throws {
        switch action {
        case .sql(let sql):
            for cluster in clusters { try Self.psql(cluster, change, "BEGIN;\n\(sql);\nCOMMIT") }
        case .commands(let sql):
            for cluster in clusters { try Self.psql(cluster, change, sql) }
        case .atFirstHost(let sql): try Self.psql(clusters[0], change, sql)
        case .stopFirstHost: try clusters[0].stop()
        case .startFirstHost: try clusters[0].start()
        case .reload(let sql, let file):
            if !sql.isEmpty {
                for cluster in clusters { try Self.psql(cluster, change, sql) }
            }
            var isGood = true
            switch file {
            case .map(let query, let more):
                try write(change, "\(change.slug).cf", hosts: hosts, query, more: more)
            case .same: try write(change, 0)
            case .refused: isGood = false
            case .broken(let text):
                isGood = false
                try directory.write("\(change.slug).cf", text)
            case .missing:
                isGood = false
                try FileManager.default.removeItem(atPath: path(change, 0))
            }
            let said = try reload()
            // Where another change's file is out of order meanwhile, the end tells of that one.
            if said.text.contains("\(change.slug).cf") == isGood || !isGood && said.status != 1 {
                throw SupportError("\(change): the reload ended with \(said.status) and said: \(said.text)")
            }
        }
    }

    /// How many lookups the database has counted.
    package func tally(_ change: Change) throws -> Int? {
        try change.tally.flatMap { Int(try Self.psql(clusters[0], change, $0)) }
    }
}
