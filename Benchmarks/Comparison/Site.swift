// Where the comparison takes place: one PostgreSQL cluster, and before it everything that is compared.

import EventLoop
import Foundation
import LoadEngine
import ThrowawayServers

final class Site {
    struct Settings {
        var rows: Int
        var contenders: [Contender]
        /// The most clients there will be.
        var clients: Int
        /// PostgreSQL's max_connections: those beyond `reservedConnections` are for `direct`.
        var maxConnections: Int
        /// Parameters of mapmux.conf.
        var parameters: [String: String]
        var ceilingConnections: Int
    }

    private static let database = "bench"
    /// Those that are not for `direct`: all proxymap(8) processes and their tables, PgBouncer, mapmux, the ceiling.
    private static let reservedConnections = 500

    private let settings: Settings
    private let cluster: ThrowawayCluster
    /// Table files name a role: each contender has its own, by which its connections are told apart.
    private let tables: [String: TemporaryDirectory]
    private let directory: TemporaryDirectory
    private var mapmux: MapmuxProcess?
    private var ceiling: ChildProcess?
    private var postfix: PostfixInstance?
    private var pgbouncer: PgBouncer?

    init(_ settings: Settings, progress: (String) -> Void) throws {
        self.settings = settings
        progress("PostgreSQL: a table of \(settings.rows) rows")
        cluster = try ThrowawayCluster(settings: [
            "shared_buffers": "512MB", "max_wal_size": "2GB", "max_connections": "\(settings.maxConnections)",
        ])
        directory = try TemporaryDirectory()
        try cluster.createDatabase(Self.database)
        let roles = [Contender.mapmux, .proxymap, .ceiling, .direct].map {
            "CREATE ROLE \(Self.role($0)) LOGIN;"
        }
        try cluster.psql(
            Self.database,
            LoadTable.schema(addresses: settings.rows) + roles.joined()
                + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;")
        tables = try Self.writeTables(for: [.mapmux, .proxymap], host: cluster.host)
        progress("what stands before it: \(settings.contenders.map(\.rawValue).joined(separator: ", "))")
        try startMapmux()
        try startCeiling()
        try startPostfix()
        if settings.contenders.contains(.pgbouncer) {
            pgbouncer = try PgBouncer(before: cluster, connections: 20, clients: settings.clients + 100)
        }
    }

    deinit {
        ceiling?.signal(SIGTERM)
        _ = try? ceiling?.waitForExit()
    }

    // MARK: Starting

    /// PgBouncer's connections are its own user's, whoever its clients are.
    private static func role(_ contender: Contender) -> String {
        switch contender {
        case .mapmux, .mapmuxProxymap: "mapmux"
        case .ceiling, .proxymap, .direct: contender.rawValue
        case .pgbouncer: "postgres"
        }
    }

    private static func writeTables(
        for contenders: [Contender], host: String
    ) throws -> [String: TemporaryDirectory] {
        var tables: [String: TemporaryDirectory] = [:]
        for contender in contenders {
            let directory = try TemporaryDirectory()
            for table in LoadTable.allCases {
                try directory.write(
                    "\(table.name).cf",
                    """
                    hosts = \(host)
                    user = \(role(contender))
                    dbname = \(database)
                    query = \(table.query)

                    """)
            }
            tables[role(contender)] = directory
        }
        return tables
    }

    private func tableNames(_ contender: Contender) -> [String] {
        let directory = tables[Self.role(contender)]!.path
        return LoadTable.allCases.map { "pgsql:\(directory)/\($0.name).cf" }
    }

    private func conninfo(_ contender: Contender, host: String) -> String {
        "host=\(host) user=\(Self.role(contender)) dbname=\(Self.database)"
    }

    private func startMapmux() throws {
        guard settings.contenders.contains(where: { $0 == .mapmux || $0 == .mapmuxProxymap }) else { return }
        let maps = tableNames(.mapmux)
        let daemon = try MapmuxProcess(maps: maps)
        let own = ["proxymap_listen": "unix:\(daemon.directory.path)/proxymap"]
        try daemon.configure(maps: maps, parameters: own.merging(settings.parameters) { $1 })
        try daemon.start()
        mapmux = daemon
    }

    private var ceilingPath: String { "\(directory.path)/ceiling" }

    private func startCeiling() throws {
        guard settings.contenders.contains(.ceiling) else { return }
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("mapmux-ceiling").path
        // As a prepared statement: the key is the parameter.
        let maps = LoadTable.allCases.flatMap {
            [$0.name, $0.query.replacingOccurrences(of: "'%s'", with: "$1")]
        }
        let log = "\(directory.path)/ceiling.log"
        let start = [
            ceilingPath, conninfo(.ceiling, host: cluster.socketDirectory), "\(settings.ceilingConnections)",
        ]
        let child = try ChildProcess(program, start + maps, stdout: log, stderr: log)
        ceiling = child
        try waitUntil("the ceiling listens") {
            if child.exitStatus() != nil {
                throw SupportError("the ceiling: " + String(decoding: try readFile(log), as: UTF8.self))
            }
            return (try? connectToSocket(at: ceilingPath)) != nil
        }
    }

    private func startPostfix() throws {
        guard settings.contenders.contains(.proxymap) else { return }
        let names = tableNames(.proxymap).map { "proxy:\($0)" }.joined(separator: " ")
        let instance = try PostfixInstance(parameters: ["proxy_read_maps": names])
        try instance.start()
        postfix = instance
    }

    // MARK: Clients

    /// Why a contender can't have so many clients, where that is known beforehand.
    func obstacle(to contender: Contender, clients: Int) -> String? {
        guard contender == .direct, clients > settings.maxConnections - Self.reservedConnections else {
            return nil
        }
        return "needs a connection a client: max_connections is \(settings.maxConnections)"
    }

    /// Connects so many clients.
    func clients(of contender: Contender, count: Int, load: Load) throws -> [any LoadClient] {
        switch contender {
        case .mapmux, .ceiling:
            let path = contender == .ceiling ? ceilingPath : mapmux!.socketPath
            let form = RequestForm(.socketmap, map: \.name)
            return try (0..<count).map { _ in try SocketClient(path: path, form: form, load: load) }
        case .mapmuxProxymap, .proxymap:
            let path =
                contender == .proxymap
                ? postfix!.privateSocket("proxymap") : "\(mapmux!.directory.path)/proxymap"
            let names = tableNames(contender)
            let form = RequestForm(.proxymap) { names[$0.rawValue] }
            return try (0..<count).map { _ in try SocketClient(path: path, form: form, load: load) }
        case .pgbouncer, .direct:
            let host = contender == .direct ? cluster.socketDirectory : pgbouncer!.socketDirectory
            let info = conninfo(contender, host: host)
            return try (0..<count).map { _ in try DatabaseClient(conninfo: info, load: load) }
        }
    }

    // MARK: Usage

    func postgresqlVersion() throws -> String { try cluster.version() }

    /// The processor time of what stands between the clients and PostgreSQL, in seconds; nil: nothing does.
    func frontSeconds(of contender: Contender) throws -> Double? {
        switch contender {
        // Its other daemons have nothing to do.
        case .proxymap: postfix!.masterPid.map { ProcessUsage.processorSeconds(ofTree: $0) }
        default: try front(of: contender).map { ProcessUsage.processorSeconds(of: $0) }.first
        }
    }

    /// What it has resident, in bytes.
    func frontMemory(of contender: Contender) throws -> Int? {
        let front = try front(of: contender)
        return front.isEmpty ? nil : front.reduce(0) { $0 + ProcessUsage.memory(of: $1) }
    }

    private func front(of contender: Contender) throws -> [Int32] {
        switch contender {
        case .mapmux, .mapmuxProxymap: [try mapmux!.processID()]
        case .ceiling: [ceiling!.pid]
        case .proxymap: try postfix!.daemons("proxymap")
        case .pgbouncer: [pgbouncer!.processID]
        case .direct: []
        }
    }

    func databaseSeconds() throws -> Double { try cluster.processorSeconds() }

    /// How many connections a contender has to the database.
    func connectionCount(of contender: Contender) throws -> Int {
        try cluster.connectionCount(role: Self.role(contender), database: Self.database)
    }
}
