// Clients of a session table, over real sockets and a real loop, with a pool that only the tests answer for.

import DaemonTestSupport
import EventLoop
import Glibc
import Logging
import LookupPool
import LookupTables
import LookupValues
import Testing

@testable import Configuration
@testable import DaemonLog
@testable import Databases
@testable import LookupWorker
@testable import PoolDrivers

/// A worker without databases. All of it runs on the test's thread: what has not happened after a few turns will not
/// happen at all.
final class SessionScene {
    let loop: EventLoop
    let sessions: SessionTable
    /// Of all its clients.
    let terms = ClientTerms()
    /// What proxymap clients call the map `good`.
    let table: String
    /// The pool of the map `good`, which never connects. A lookup there is unanswered until `answer`.
    private let driver: PoolDriver
    private var clients: [Client] = []

    /// - Parameter waiting: how many lookups the pool takes; those that the tests answer count on.
    init(waiting: Int = 1_000_000) throws {
        loop = try EventLoop()
        let configuration = try ConfigurationReading("maps = pgsql:DIR/good.cf\n").configuration
        table = "pgsql:\(configuration.maps[0].file)"
        let limits = PoolLimits(
            connections: 1, pipelineDepth: 1, waiting: waiting, lookupTimeout: 60_000_000_000,
            connectTimeout: 1, silenceTimeout: 6_000_000_000, retryInterval: 1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let terms = ConnectionTerms(
            applicationName: "test", connectTimeout: 5, queryTimeout: 5_000_000_000, maximumReplicaLag: 0)
        driver = PoolDriver(
            plan: configuration.pools[0], limits: limits, terms: terms, loop: loop,
            connector: try Connector(loop: loop),
            log: LookupLog(log: LimitedLog(logger: logger)), keeper: AnswerKeeper(), deliver: { _, _, _ in })
        let counters = LookupCounters()
        let pools = PoolNumbers()
        sessions = SessionTable(
            loop: loop,
            router: LookupRouter(
                configuration: configuration, drivers: [driver], pools: pools, counters: counters),
            pools: pools, counters: counters, log: LimitedLog(logger: logger))
    }

    deinit {
        sessions.endAll()
        loop.removeAll()
    }

    func connect(_ clientProtocol: ClientProtocol = .socketmap, of user: UInt32? = 0) throws -> Client {
        let (own, clients) = try makeSocketPair().take()
        try sessions.add(Descriptor(owning: own), clientProtocol: clientProtocol, terms, of: user)
        return Client(descriptor: clients)
    }

    /// As many turns as any answer takes, each with its end as in `Worker`.
    func turns(_ count: Int = 4) {
        for _ in 0..<count {
            loop.turn(until: loop.now)
            sessions.checkRelays()
            sessions.beginTurn()
            while sessions.flush() {}
        }
    }

    /// Gives the outcome of the lookup in `good` that was the client's request of this number, from 0.
    func answer(_ sequence: UInt32, of client: UInt32 = 0, _ outcome: LookupOutcome) {
        sessions.deliver(Requester(client: client, sequence: sequence), outcome)
    }

    /// A request of Postfix 3.7's for a key in `good`, or in another table.
    func proxymapRequest(_ key: String, in table: String? = nil) -> [UInt8] {
        ["request", "lookup", "table", table ?? self.table, "flags", "524353", "key", key, ""]
            .flatMap { Array($0.utf8) + [0] }
    }

    /// Whether the pool takes one more lookup, of a client of its own.
    func takesLookup() throws -> Bool {
        let client = try connect()
        exchange(request("good", "one more"), with: client)
        clients.append(client)
        return client.replies == []
    }

    /// Whether the pool has no lookup of anybody.
    var hasNoLookup: Bool { driver.isFinished }

    /// Sends all of it, in as many turns as that takes, and receives meanwhile.
    func exchange(_ bytes: [UInt8], with client: Client) {
        var sent = 0
        var idleTurns = 0
        while sent < bytes.count && idleTurns < 10 {
            let count = client.write(bytes[sent...])
            sent += count
            turns(1)
            client.receiveAll()
            idleTurns = count == 0 ? idleTurns + 1 : 0
        }
        // Until nothing more comes, and nobody waits for his share.
        var quietTurns = 0
        while quietTurns < 4 {
            turns(1)
            let isQuiet = client.receiveAll() == 0 && sessions.resumeAt == nil
            quietTurns = isQuiet ? quietTurns + 1 : 0
        }
    }
}

func request(_ map: String, _ key: String) -> [UInt8] {
    let payload = "\(map) \(key)"
    return Array("\(payload.utf8.count):\(payload),".utf8)
}

/// The reply for a map that nobody configured.
func unknown(_ map: String) -> String { "PERM there is no map named \(map)" }
