// What a chaos run plays with: two databases with the same contents, each behind a fault proxy, and a daemon.

import Foundation
import Glibc
import TestSupport

final class ChaosSite: Sendable {
    static let database = "chaos"
    static let keyCount = 2000

    static func address(_ key: Int) -> String { "user\(key)@example.com" }

    let clusters: [ThrowawayCluster]
    let proxies: [FaultProxy]
    let tables: TemporaryDirectory

    init(seed: UInt64) throws {
        // What is committed must outlive a crash of the server, if not of the machine.
        clusters = try (0..<2).map { _ in
            try ThrowawayCluster(tcp: true, settings: ["synchronous_commit": "on", "full_page_writes": "on"])
        }
        proxies = try clusters.enumerated().map { index, cluster in
            try FaultProxy(before: cluster, seed: seed &+ UInt64(index))
        }
        tables = try TemporaryDirectory()
        for cluster in clusters {
            try cluster.createDatabase(Self.database)
            try cluster.psql(
                Self.database,
                """
                CREATE TABLE addresses (address varchar(100) UNIQUE, id int, goto varchar(200));
                INSERT INTO addresses
                    SELECT 'user' || n || '@example.com', n, 'box' || n || '.v1@store.example.net'
                    FROM generate_series(0, \(Self.keyCount - 1)) AS n;
                CREATE FUNCTION nap() RETURNS boolean VOLATILE LANGUAGE plpgsql AS
                    $$ BEGIN IF random() < 0.02 THEN PERFORM pg_sleep(0.3); END IF; RETURN true; END $$;
                ANALYZE addresses;
                """)
        }
        for (name, _) in Self.queries { try writeTable(name, hint: "") }
    }

    private static let queries = [
        ("plain", "SELECT goto FROM addresses WHERE address = '%s'"),
        ("domain", "SELECT goto FROM addresses WHERE address = '%u@%d'"),
        ("literal", "SELECT concat('%u', '=', goto) FROM addresses WHERE address = '%s'"),
        ("slow", "SELECT goto FROM addresses WHERE address = '%s' AND nap()"),
    ]

    /// How `maps` names the tables.
    var maps: [String] { Self.queries.map { "pgsql:\(tables.path)/\($0.0).cf" } }

    /// - Parameter hint: goes into the query as a comment, and makes another table of it.
    func writeTable(_ name: String, hint: String) throws {
        let query = Self.queries.first { $0.0 == name }!.1
        try tables.write(
            "\(name).cf",
            """
            hosts = \(proxies.map(\.host).joined(separator: " "))
            user = postgres
            dbname = \(Self.database)
            retry_interval = 1s
            query = \(query) \(hint.isEmpty ? "" : "/* \(hint) */")
            \(name == "domain" ? "domain = example.com" : "")

            """)
    }

    func breakTable(_ name: String) throws {
        try tables.write("\(name).cf", "hosts = \nquery = SELECT %s %\nno equals sign\n")
    }

    /// A lookup for a random number: of keys that exist, that come and go, and that no table has.
    @Sendable
    func question(_ random: Int, proxymap: Bool) -> CheckedQuestion {
        let key = random / 1024 % Self.keyCount
        let name = Self.queries[random % 16 < 6 ? 0 : random % 16 < 10 ? 1 : random % 16 < 15 ? 2 : 3].0
        let map = proxymap ? "pgsql:\(tables.path)/\(name).cf" : name
        let address = Self.address(key)
        switch (name, random / 16 % 32) {
        case ("domain", 0): return CheckedQuestion(map: map, key: "user\(key)@example.org", number: nil)
        case (_, 1): return CheckedQuestion(map: map, key: "nobody\(key)@example.com", number: nil)
        case (_, 2..<8):
            return CheckedQuestion(
                map: map, key: address.uppercased(), number: key,
                prefix: name == "literal" ? "user\(key)=" : "")
        default:
            return CheckedQuestion(
                map: map, key: address, number: key, prefix: name == "literal" ? "user\(key)=" : "")
        }
    }
}
