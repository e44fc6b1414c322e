// A small database and the tables on it that the fault and serve tests look things up in.

import Foundation
import TestSupport

/// `count` addresses, `user7@example.com` with the value `box7@store.example.net` and so on.
struct Scene {
    static let database = "scene"
    static let count = 1000

    let clusters: [ThrowawayCluster]
    let directory: TemporaryDirectory

    /// - Parameter hosts: so many clusters with the same data.
    init(hosts: Int = 1) throws {
        clusters = try (0..<hosts).map { _ in try ThrowawayCluster() }
        directory = try TemporaryDirectory()
        for cluster in clusters {
            try cluster.createDatabase(Self.database)
            try cluster.psql(
                Self.database,
                """
                CREATE TABLE addresses (id int, address varchar(100) PRIMARY KEY, goto varchar(100) NOT NULL);
                INSERT INTO addresses SELECT n, 'user' || n || '@example.com', 'box' || n || '@store.example.net'
                    FROM generate_series(0, \(Self.count - 1)) AS n;
                CREATE INDEX addresses_id ON addresses (id);
                ANALYZE addresses;
                """)
        }
    }

    var cluster: ThrowawayCluster { clusters[0] }

    /// Writes a table's file and returns how `maps` names it.
    @discardableResult
    func table(_ name: String, query: String, more: String = "") throws -> String {
        let hosts = clusters.map { "unix:\($0.socketDirectory)" }.joined(separator: " ")
        let path = try directory.write(
            "\(name).cf",
            """
            hosts = \(hosts)
            user = postgres
            dbname = \(Self.database)
            retry_interval = 1s
            query = \(query)
            \(more)

            """)
        return "pgsql:\(path)"
    }

    /// By address, by number, and one whose parameter has no type that could be determined.
    func loadTables() throws -> [String] {
        [
            try table("addresses", query: "SELECT goto FROM addresses WHERE address = '%s'"),
            try table("numbers", query: "SELECT goto FROM addresses WHERE id = '%s'"),
            try table(
                "literals", query: "SELECT concat('%u', '=', goto) FROM addresses WHERE address = '%s'"),
        ]
    }

    /// A lookup in one of `loadTables`, one in ten of which finds nothing.
    @Sendable
    static func lookup(_ random: Int) -> LoadClients.Lookup {
        let number = random / 64 % count
        let value = "box\(number)@store.example.net"
        switch random % 20 {
        case 0:
            return LoadClients.Lookup(map: "addresses", key: "nobody\(number)@example.com", value: nil)
        case 1:
            return LoadClients.Lookup(map: "numbers", key: "\(number + count)", value: nil)
        case 2..<9:
            return LoadClients.Lookup(map: "numbers", key: "\(number)", value: value)
        case 9..<13:
            return LoadClients.Lookup(
                map: "literals", key: "user\(number)@example.com", value: "user\(number)=\(value)")
        default:
            return LoadClients.Lookup(map: "addresses", key: "user\(number)@example.com", value: value)
        }
    }

    /// How many connections the daemon has to a cluster, by PostgreSQL's own account.
    func connections(to cluster: ThrowawayCluster) throws -> Int {
        let count = try cluster.psql(
            Self.database,
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = '\(Self.database)' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
            """)
        return Int(count) ?? -1
    }
}
