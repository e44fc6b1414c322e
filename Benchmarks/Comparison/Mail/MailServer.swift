// A relay of one contender: a Postfix of its own, and before the database what answers its lookups.

import EventLoop
import LoadEngine
import ThrowawayServers

final class MailServer {
    let contender: MailContender
    /// Whose lookups go to the contender's socket.
    let postfix: PostfixInstance
    /// Whose lookups go through a relay that says how long they take; nil unless asked for.
    let watched: PostfixInstance?
    private let relay: SocketRelay?
    private let memcached: Memcached?
    /// Before `memcached`, for `watched`.
    private let memcachedRelay: SocketRelay?
    /// Before the database, if that is to be further away.
    private let databaseRelay: SocketRelay?
    private let databaseDirectory: TemporaryDirectory
    private let tables: MailTableFiles
    private let mapmux: MapmuxProcess?

    /// Starts it.
    ///
    /// - Parameters:
    ///   - distance: by how many milliseconds a round trip to the database is to be longer.
    ///   - isWatched: whether there is to be a `watched`.
    ///   - parameters: lines of mapmux.conf.
    init(
        _ contender: MailContender, database: MailDatabase, distance: Double, isWatched: Bool,
        parameters: [String: String]
    ) throws {
        self.contender = contender
        databaseDirectory = try TemporaryDirectory()
        var host = database.cluster.host
        if distance > 0 {
            host = "unix:\(databaseDirectory.path)"
            databaseRelay = try SocketRelay(
                at: "\(databaseDirectory.path)/.s.PGSQL.5432",
                to: "\(database.cluster.socketDirectory)/.s.PGSQL.5432", delay: Int64(distance * 1e6))
        } else {
            databaseRelay = nil
        }
        tables = try database.writeTables(for: contender, host: host)
        let main = Self.main(contender, tables: tables, nextHop: database.sink.nextHop)
        postfix = try Self.makePostfix(main, service: contender.isMapmux ? Self.service : "proxymap")
        watched = isWatched ? try Self.makePostfix(main, service: Self.service) : nil
        let path = postfix.privateSocket(Self.service)
        if contender.isMapmux {
            let daemon = try MapmuxProcess(maps: tables.maps)
            let own = Self.parameters(contender, listeningAt: path)
            try daemon.configure(maps: tables.maps, parameters: own.merging(parameters) { $1 })
            if contender == .cacheNotified { try database.run(try daemon.triggers()) }
            try daemon.start(socket: path)
            mapmux = daemon
        } else {
            mapmux = nil
        }
        // Each process of Postfix has a connection for each table.
        let memcachedPath = postfix.privateSocket(MailTableFiles.memcached)
        memcached =
            contender == .memcache
            ? try Memcached(at: memcachedPath, as: "postfix", connections: 8_000) : nil
        memcachedRelay = try watched.flatMap { watched in
            contender == .memcache
                ? try SocketRelay(at: watched.privateSocket(MailTableFiles.memcached), to: memcachedPath)
                : nil
        }
        relay = try watched.map { watched in
            // Its own proxymap(8) serves the watched instance, behind the relay.
            let target = contender.isMapmux ? path : watched.privateSocket("proxymap")
            return try SocketRelay(at: watched.privateSocket(Self.service), to: target)
        }
        try postfix.start()
        try watched?.start()
    }

    deinit {
        try? postfix.stop()
        try? watched?.stop()
    }

    /// Stops `watched`, and with it its connections to the database.
    func endWatching() throws { try watched?.stop() }

    // MARK: Configuration

    /// The socket that Postfix's lookups go to, below its queue's `private`, as its daemons are chroot'ed.
    private static let service = "lookups"

    private static func makePostfix(_ main: [String: String], service: String) throws -> PostfixInstance {
        try PostfixInstance(
            parameters: main.merging(["proxymap_service_name": service]) { $1 },
            services: "smtp unix - - y - - smtp\n", isInMemory: true)
    }

    private static func main(
        _ contender: MailContender, tables: MailTableFiles, nextHop: String
    ) -> [String: String] {
        var lines = MailTable.main(nextHop: nextHop) { table in
            switch contender {
            case .stock, .proxymap, .cacheTime, .cacheNotified, .readAhead: tables.proxied(table)
            case .memcache: tables.cached(table)
            case .socketmap: "socketmap:unix:private/\(service):\(table.name)"
            }
        }
        lines["proxy_read_maps"] = MailTable.allCases.map(tables.proxied).joined(separator: " ")
        // Nothing but the work itself is to limit how many mails there are a second.
        lines["in_flow_delay"] = "0"
        lines["smtp_destination_concurrency_limit"] = "50"
        lines["initial_destination_concurrency"] = "50"
        // scache(8) is not among the services.
        lines["smtp_connection_cache_on_demand"] = "no"
        return lines
    }

    private static func parameters(
        _ contender: MailContender, listeningAt path: String
    ) -> [String: String] {
        var lines = ["socket_mode": "0666"]
        if contender.knowsParameters {
            lines["recipient_delimiter"] = "+"
            lines["local_domains"] = "local.test"
            lines["map_parameters"] = MailTable.allCases.map { "\($0.name)=\($0.parameter)" }
                .joined(separator: " ")
        }
        if let keeping = contender.keeping {
            // Sender logins are kept only if that is meant.
            lines["cache"] = MailTable.allCases.map { table in
                "\(table.name)\(table == .senderLogins ? "!" : "")=\(keeping)"
            }.joined(separator: " ")
        }
        if contender == .readAhead { lines["read_ahead"] = "50ms" }
        lines[contender == .socketmap ? "socketmap_listen" : "proxymap_listen"] = "unix:\(path)"
        if contender != .socketmap { lines["socketmap_listen"] = "" }
        return lines
    }

    // MARK: Figures

    /// How many lookups the watched instance has made, and how many nanoseconds it has waited for them.
    func watchedLookups() throws -> (answered: Int, waited: Int64)? {
        guard let seen = relay?.current else { return nil }
        guard let memcached, let before = memcachedRelay?.current else { return (seen.answered, seen.waited) }
        // What is not there is asked of proxymap(8), too, and then told to memcached: one lookup all the same.
        return (try memcached.counts().asked, seen.waited + before.waited)
    }

    /// How many lookups were asked of what is kept, and how many it has answered; nil: nothing is kept.
    func kept() throws -> KeptCounts? {
        if let memcached {
            let counts = try memcached.counts()
            return KeptCounts(asked: counts.asked, hits: counts.hits)
        }
        return contender.keeping == nil ? nil : try mapmux?.kept()
    }

    /// Of both instances, if the database is behind a relay.
    var roundTrips: Int? { databaseRelay?.current.roundTrips }

    /// The processes that answer the lookups of one of both instances.
    func front(of instance: PostfixInstance) throws -> [Int32] {
        if let mapmux { return [try mapmux.processID()] }
        return try instance.daemons("proxymap") + (memcached.map { [$0.processID] } ?? [])
    }
}
