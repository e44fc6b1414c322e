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
    private let tables: [Contender: TableFiles]
    private let daemons: Daemons
    private let responder: Yardstick?
    private var ceiling: Yardstick?
    private var postfix: PostfixInstance?
    private var pgbouncer: PgBouncer?

    init(_ settings: Settings, progress: (String) -> Void) throws {
        self.settings = settings
        progress("PostgreSQL: a table of \(settings.rows) rows")
        cluster = try ThrowawayCluster(settings: [
            "shared_buffers": "512MB", "max_wal_size": "2GB", "max_connections": "\(settings.maxConnections)",
        ])
        try cluster.createDatabase(Self.database)
        let roles = Set(Contender.allCases.map(Self.role)).subtracting(["postgres"])
        try cluster.psql(
            Self.database,
            LoadTable.schema(addresses: settings.rows) + roles.map { "CREATE ROLE \($0) LOGIN;" }.joined()
                + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;")
        tables = try Self.writeTables(for: settings.contenders, host: cluster.host)
        progress("what stands before it: \(settings.contenders.map(\.rawValue).joined(separator: ", "))")
        daemons = try Daemons(
            for: settings.contenders, tables: tables, parameters: settings.parameters
        ) { [cluster] triggers in
            try cluster.psql(Self.database, triggers)
        }
        responder = settings.contenders.contains(.responder) ? try Yardstick("mapmux-responder") : nil
        try startCeiling()
        try startPostfix()
        if settings.contenders.contains(.pgbouncer) {
            pgbouncer = try PgBouncer(before: cluster, connections: 20, clients: settings.clients + 100)
        }
    }

    // MARK: Starting

    /// PgBouncer's connections are its own user's, whoever its clients are.
    private static func role(_ contender: Contender) -> String {
        contender == .pgbouncer
            ? "postgres" : (contender.daemon ?? contender).rawValue.replacing("-", with: "_")
    }

    private static func writeTables(
        for contenders: [Contender], host: String
    ) throws -> [Contender: TableFiles] {
        let owners = Set(contenders.compactMap { $0 == .proxymap ? $0 : $0.daemon })
        return try Dictionary(
            uniqueKeysWithValues: owners.map { owner in
                let files = try TableFiles(
                    role: role(owner), host: host, database: database,
                    domain: owner == .mapmuxFiltered ? "nowhere.invalid" : nil)
                return (owner, files)
            })
    }

    private func tableNames(_ contender: Contender) -> [String] {
        tables[contender.daemon ?? contender]!.names
    }

    private func conninfo(_ contender: Contender, host: String) -> String {
        "host=\(host) user=\(Self.role(contender)) dbname=\(Self.database)"
    }

    private func startCeiling() throws {
        guard settings.contenders.contains(.ceiling) else { return }
        // As a prepared statement: the key is the parameter.
        let maps = LoadTable.allCases.flatMap {
            [$0.name, $0.query.replacingOccurrences(of: "'%s'", with: "$1")]
        }
        let start = [conninfo(.ceiling, host: cluster.socketDirectory), "\(settings.ceilingConnections)"]
        ceiling = try Yardstick("mapmux-ceiling", start + maps)
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
        func connect(_ path: String, _ form: RequestForm) throws -> [any LoadClient] {
            try (0..<count).map { _ in try SocketClient(path: path, form: form, load: load) }
        }
        switch contender {
        case .mapmux, .mapmuxCacheTime, .mapmuxCacheNotified, .mapmuxFiltered:
            let findsNothing = contender == .mapmuxFiltered
            return try connect(
                daemons.socket(of: contender),
                RequestForm(.socketmap, findsNothing: findsNothing, map: \.name))
        case .ceiling, .responder:
            let path = contender == .ceiling ? ceiling!.path : responder!.path
            return try connect(path, RequestForm(.socketmap, map: \.name))
        case .mapmuxProxymap, .proxymap:
            let path =
                contender == .proxymap ? postfix!.privateSocket("proxymap") : daemons.socket(of: contender)
            let names = tableNames(contender)
            return try connect(path, RequestForm(.proxymap) { names[$0.rawValue] })
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
        case .mapmux, .mapmuxProxymap, .mapmuxCacheTime, .mapmuxCacheNotified, .mapmuxFiltered:
            [try daemons.processID(of: contender)]
        case .responder: [responder!.processID]
        case .ceiling: [ceiling!.processID]
        case .proxymap: try postfix!.daemons("proxymap")
        case .pgbouncer: [pgbouncer!.processID]
        case .direct: []
        }
    }

    /// What is kept for a contender; nil: nothing is.
    func kept(by contender: Contender) throws -> KeptCounts? { try daemons.kept(by: contender) }

    /// Has a contender forget what it keeps, if it keeps anything.
    func flush(_ contender: Contender) throws {
        if contender.keeping != nil { try daemons.flush(contender) }
    }

    func databaseSeconds() throws -> Double { try cluster.processorSeconds() }

    /// How many connections a contender has to the database.
    func connectionCount(of contender: Contender) throws -> Int {
        try cluster.connectionCount(role: Self.role(contender), database: Self.database)
    }
}
