// A mail site's database on one or several servers, and a daemon that keeps answers from it.

import Foundation
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

struct KeepingScene {
    static let database = "site"
    /// The login of the tables' files. What is done to it does not hinder the test's own, which is a superuser.
    static let role = "reader"

    /// The first one is where rows are written.
    let clusters: [ThrowawayCluster]
    private let directory: TemporaryDirectory

    var primary: ThrowawayCluster { clusters[0] }

    /// - Parameters:
    ///   - standbys: the settings of each standby of the primary. They are reached through a Unix-domain socket, and the
    ///     primary by TCP: lookups go to standbys as long as there is one.
    init(standbys: [[String: String]] = []) throws {
        let primary = try ThrowawayCluster(tcp: !standbys.isEmpty, settings: ["synchronous_commit": "on"])
        try primary.createDatabase(Self.database)
        try primary.psql(Self.database, Self.schema)
        clusters = [primary] + (try standbys.map { try ThrowawayCluster(settings: $0, standbyOf: primary) })
        directory = try TemporaryDirectory()
    }

    /// - Returns: what the statement returns on the primary.
    @discardableResult
    func sql(_ statement: String) throws -> String { try primary.psql(Self.database, statement) }

    private static let tables: [(name: String, query: String)] = [
        ("domains", "SELECT 'here' FROM domains WHERE domain = '%s'"),
        ("aliases", "SELECT goto FROM aliases WHERE address = '%s'"),
        ("mailboxes", "SELECT maildir FROM mailboxes WHERE address = '%s'"),
        ("transports", "SELECT transport FROM transports WHERE pattern = '%s'"),
        ("logins", "SELECT login FROM logins WHERE address = '%s'"),
    ]

    /// Writes a table's file.
    ///
    /// - Parameter more: lines of it.
    /// - Returns: how `maps` names it, and main.cf after a `proxy:`.
    @discardableResult
    func write(_ name: String, more: String = "", hosts: [ThrowawayCluster]? = nil) throws -> String {
        let query = Self.tables.first { $0.name == name }!.query
        let path = try directory.write(
            "\(name).cf",
            """
            hosts = \((hosts ?? clusters).map(\.host).joined(separator: " "))
            user = \(Self.role)
            dbname = \(Self.database)
            retry_interval = 1s
            query = \(query)
            \(more)

            """, mode: 0o644)
        return "pgsql:\(path)"
    }

    func table(_ name: String) -> String { "pgsql:\(directory.path)/\(name).cf" }

    func writeTables(hosts: [ThrowawayCluster]? = nil) throws -> [String] {
        try Self.tables.map { try write($0.name, hosts: hosts) }
    }

    /// Starts a daemon, and returns once it answers.
    func daemon(
        _ parameters: [String: String], hosts: [ThrowawayCluster]? = nil
    ) throws -> MapmuxProcess {
        let mapmux = try MapmuxProcess(
            maps: try writeTables(hosts: hosts),
            parameters: Self.parameters.merging(parameters) { $1 })
        try mapmux.start()
        let client = try mapmux.client()
        try waitUntil("values arrive: \(mapmux.log())") {
            try client.lookup("domains", "mbx.test") == .ok("here")
        }
        return mapmux
    }

    /// Nothing waits long.
    static let parameters = [
        "lookup_timeout": "4s", "connect_timeout": "2s", "pool_size": "2", "recipient_delimiter": "+",
    ]

    /// Has the login's connections ended; it makes new ones.
    func terminate(in cluster: ThrowawayCluster? = nil) throws {
        try (cluster ?? primary).psql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(Self.role)'")
    }

    /// How many connections the daemon has to a cluster, by PostgreSQL's own account.
    func connections(to cluster: ThrowawayCluster) throws -> Int {
        let count = try cluster.psql(
            "postgres",
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE usename = '\(Self.role)' AND application_name = 'mapmux'
            """)
        return Int(count) ?? -1
    }

    private static let schema = """
        CREATE ROLE \(role) LOGIN;
        CREATE TABLE domains (domain text PRIMARY KEY);
        INSERT INTO domains VALUES ('mbx.test');
        CREATE TABLE aliases (address text PRIMARY KEY, goto text NOT NULL);
        INSERT INTO aliases VALUES ('hit@mbx.test', 'user1@mbx.test'), ('moved@mbx.test', 'user1@mbx.test'),
            ('hit@alias.test', 'user1@mbx.test');
        CREATE TABLE mailboxes (address text PRIMARY KEY, maildir text NOT NULL);
        INSERT INTO mailboxes SELECT 'user' || n || '@mbx.test', 'mbx/user' || n || '/' FROM generate_series(1, 9) AS n;
        CREATE TABLE transports (pattern text PRIMARY KEY, transport text NOT NULL);
        INSERT INTO transports VALUES ('mbx.test', 'sink:mbx');
        CREATE TABLE logins (address text PRIMARY KEY, login text NOT NULL);
        INSERT INTO logins VALUES ('user1@mbx.test', 'alice');
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role);
        """
}

extension MapmuxProcess {
    /// How many statements with lookups the daemon has sent to databases.
    func statementsSent() throws -> Int {
        try statistics().targets.reduce(0) {
            $0 + $1.prepared + $1.unnamed + $1.literal + $1.batches.count
        }
    }

    /// The figures of what is kept of a map.
    func cacheFigures(_ name: String) throws -> CacheStatistics {
        try #require(try statistics().maps.first { $0.name == name }?.cache)
    }
}
