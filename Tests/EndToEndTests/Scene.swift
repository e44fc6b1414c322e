// A small database and the tables on it that the fault and serve tests look things up in.

import Foundation
import TestSupport
import Testing
import ThrowawayServers

/// `count` addresses, `user7@example.com` with the value `box7@store.example.net` and so on.
struct Scene {
    static let database = "scene"
    static let count = 1000

    let clusters: [ThrowawayCluster]
    let directory: TemporaryDirectory

    /// - Parameters:
    ///   - hosts: so many clusters with the same data.
    ///   - tcpHosts: so many more, which are reached by TCP and therefore less preferred.
    init(hosts: Int = 1, tcpHosts: Int = 0) throws {
        try self.init(clusters: (0..<hosts + tcpHosts).map { try ThrowawayCluster(tcp: $0 >= hosts) })
    }

    /// Fills clusters of the test's own.
    init(clusters: [ThrowawayCluster]) throws {
        self.clusters = clusters
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
    ///
    /// - Parameter hosts: others than the clusters.
    @discardableResult
    func table(_ name: String, query: String, more: String = "", hosts: String? = nil) throws -> String {
        let hosts = hosts ?? clusters.map(\.host).joined(separator: " ")
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
    func loadTables(hosts: String? = nil) throws -> [String] {
        try [
            ("addresses", "SELECT goto FROM addresses WHERE address = '%s'"),
            ("numbers", "SELECT goto FROM addresses WHERE id = '%s'"),
            ("literals", "SELECT concat('%u', '=', goto) FROM addresses WHERE address = '%s'"),
        ].map { try table($0, query: $1, hosts: hosts) }
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
            WHERE datname = '\(Self.database)' AND application_name = 'mapmux'
            """)
        return Int(count) ?? -1
    }
}

/// Returns once the daemon has found an address.
func waitForValue(_ mapmux: MapmuxProcess) throws {
    let client = try mapmux.client()
    try waitUntil("a value arrives: \(mapmux.log())") {
        try client.lookup("addresses", "user7@example.com") == .ok("box7@store.example.net")
    }
}

/// Starts a daemon and clients on the scene, and returns when answers flow.
func underLoad(
    _ scene: Scene, parameters: [String: String] = [:], clients: Int = 32
) throws -> (mapmux: MapmuxProcess, load: LoadClients) {
    let mapmux = try MapmuxProcess(maps: try scene.loadTables(), parameters: parameters)
    try mapmux.start()
    try waitForValue(mapmux)
    let load = LoadClients(path: mapmux.socketPath, clients: clients, choose: Scene.lookup)
    try load.waitForRight(1000)
    return (mapmux, load)
}

func expectNoneWrongOrLost(_ counts: LoadClients.Counts, _ mapmux: MapmuxProcess) {
    #expect(counts.wrong == 0, "\(counts) \(mapmux.log().suffix(2000))")
    #expect(counts.lost == 0, "\(counts) \(mapmux.log().suffix(2000))")
    #expect(counts.found > 0)
}

func expectOnlyRight(_ counts: LoadClients.Counts, _ mapmux: MapmuxProcess) {
    expectNoneWrongOrLost(counts, mapmux)
    #expect(counts.temporary == 0, "\(counts) \(mapmux.log().suffix(2000))")
}
