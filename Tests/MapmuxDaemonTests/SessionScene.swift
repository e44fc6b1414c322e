// Clients of a session table, over real sockets and a real loop, with a pool that only the tests answer for.

import EventLoop
import Glibc
import Logging
import LookupPool
import LookupTables
import LookupValues
import Testing

@testable import MapmuxDaemon

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
            log: LookupLog(log: LimitedLog(logger: logger)), deliver: { _, _, _ in })
        let counters = LookupCounters()
        sessions = SessionTable(
            loop: loop,
            router: LookupRouter(configuration: configuration, drivers: [driver], counters: counters),
            counters: counters, log: LimitedLog(logger: logger))
    }

    deinit {
        sessions.endAll()
        loop.removeAll()
    }

    func connect(_ service: Service = .socketmap, of user: UInt32? = 0) throws -> Client {
        let (own, clients) = try makeSocketPair().take()
        try sessions.add(Descriptor(owning: own), service: service, terms, of: user)
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

/// The other end of a session.
final class Client {
    private var descriptor: Descriptor?
    private let raw: Int32
    private(set) var received: [UInt8] = []
    private(set) var isClosed = false

    init(descriptor raw: Int32) {
        self.raw = raw
        descriptor = Descriptor(owning: raw)
    }

    /// - Returns: how much the socket has taken.
    @discardableResult
    func write(_ bytes: some Sequence<UInt8>) -> Int {
        if case .bytes(let count) = send(Array(bytes).span, to: raw) { count } else { 0 }
    }

    @discardableResult
    func write(_ text: String) -> Int { write(text.utf8) }

    /// Receives what has come, at most so many bytes.
    ///
    /// - Returns: how many they were.
    @discardableResult
    func receiveAll(atMost limit: Int = .max) -> Int {
        var buffer = [UInt8](repeating: 0, count: min(limit, 65_536))
        var count = 0
        while count < limit {
            let size = min(buffer.count, limit - count)
            let transfer = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe receive(from: raw, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]))
            }
            switch transfer {
            case .bytes(let more):
                received += buffer[..<more]
                count += more
            case .wouldBlock: return count
            case .closed:
                isClosed = true
                return count
            }
        }
        return count
    }

    func forgetReceived() { received = [] }

    func finishSending() { _ = shutdown(raw, Int32(SHUT_WR)) }
    func finishReceiving() { _ = shutdown(raw, Int32(SHUT_RD)) }
    func hangUp() { descriptor = nil }

    /// The replies in what was received; nil where that is anything but whole netstrings.
    var replies: [String]? {
        var replies: [String] = []
        var rest = received[...]
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                let length = Int(String(decoding: rest[..<colon], as: UTF8.self)),
                colon + 1 + length < rest.endIndex, rest[colon + 1 + length] == UInt8(ascii: ",")
            else { return nil }
            replies.append(String(decoding: rest[(colon + 1)...][..<(colon + 1 + length)], as: UTF8.self))
            rest = rest[(colon + length + 2)...]
        }
        return replies
    }
}

func request(_ map: String, _ key: String) -> [UInt8] {
    let payload = "\(map) \(key)"
    return Array("\(payload.utf8.count):\(payload),".utf8)
}

/// The reply for a map that nobody configured.
func unknown(_ map: String) -> String { "PERM there is no map named \(map)" }
