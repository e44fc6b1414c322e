// Changes the keys of all databases while clients ask for them, and has the ledger know what can be seen when.

import EventLoop
import Glibc
import LookupValues
import PostgreSQL
import Synchronization
import TestSupport
import ThrowawayServers

/// Every change goes to every database, in the same order. While a database is down, its changes wait, and the others go
/// ahead: what they hold then differs, and the ledger knows for each of them what it may still say.
final class Writer: Sendable {
    private struct Change {
        let key: Int
        /// nil deletes it.
        let version: Int?
        /// Of the key's changes, in the ledger.
        let number: Int
    }

    private struct State {
        var random: SplitMix64
        var versions: [Int]
        var isPresent: [Bool]
        /// Of each database.
        var queues: [[Change]]
        var written: [Int]
        var lastError = ""
    }

    private static let batch = 50
    private static let changesAtATime = 20
    /// Nothing is changed while a database is behind by more.
    private static let longestQueue = 20_000

    private let ledger: VersionLedger
    private let state: Mutex<State>
    private let threads = LoadThreads()

    init(_ clusters: [ThrowawayCluster], ledger: VersionLedger, seed: UInt64) {
        self.ledger = ledger
        state = Mutex(
            State(
                random: SplitMix64(seed: seed),
                versions: Array(repeating: 1, count: ChaosSite.keyCount),
                isPresent: Array(repeating: true, count: ChaosSite.keyCount),
                queues: clusters.map { _ in [] }, written: clusters.map { _ in 0 }))
        threads.start { [self] in choose() }
        for (number, cluster) in clusters.enumerated() {
            let parameters = ConnectionParameters([
                ("host", cluster.socketDirectory), ("port", "\(cluster.port ?? 5432)"),
                ("user", "postgres"), ("dbname", ChaosSite.database), ("application_name", "writer"),
            ])
            threads.start { [self] in write(parameters, number) }
        }
    }

    /// Changes written to each database, and what the last failure was.
    var progress: (written: [Int], lastError: String) { state.withLock { ($0.written, $0.lastError) } }

    func stop() throws {
        try threads.stop()
    }

    private func choose() {
        while threads.goOn {
            state.withLock { state in
                if state.queues.contains(where: { $0.count > Self.longestQueue }) { return }
                for _ in 0..<Self.changesAtATime {
                    let isHot = state.random.below(4) == 0
                    let key = state.random.below(isHot ? ChaosSite.hotKeyCount : ChaosSite.keyCount)
                    let deletes = state.isPresent[key] && state.random.below(5) == 0
                    if !deletes { state.versions[key] += 1 }
                    state.isPresent[key] = !deletes
                    let version = deletes ? nil : state.versions[key]
                    let number = ledger.begin(version, of: key, at: MonotonicClock.now().nanoseconds)
                    for index in state.queues.indices {
                        state.queues[index].append(Change(key: key, version: version, number: number))
                    }
                }
            }
            usleep(25_000)
        }
    }

    private func write(_ parameters: ConnectionParameters, _ number: Int) {
        var connection: Connection?
        while threads.goOn {
            let changes = state.withLock { Array($0.queues[number].prefix(Self.batch)) }
            if changes.isEmpty {
                usleep(5_000)
                continue
            }
            do throws(ServerError) {
                if connection == nil { connection = try connect(parameters, timeout: 5).get() }
                try execute(changes, on: connection!)
            } catch {
                connection = nil
                state.withLock { $0.lastError = "\(error)" }
                usleep(50_000)
                continue
            }
            let now = MonotonicClock.now().nanoseconds
            for change in changes { ledger.complete(change.key, number: change.number, in: number, at: now) }
            state.withLock { state in
                state.queues[number].removeFirst(changes.count)
                state.written[number] += changes.count
            }
        }
    }

    /// In one transaction. It waits as long as it takes: a statement that was given up could still be executed later, after
    /// those that follow it.
    private func execute(_ all: [Change], on connection: Connection) throws(ServerError) {
        // One statement can't change a key twice: the last change counts.
        let changes = Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: { $1 }).values
        let rows = changes.compactMap { change in
            change.version.map { version in
                "('\(ChaosSite.address(change.key))', \(change.key), "
                    + "'\(VersionedValue.text(key: change.key, version: version))')"
            }
        }
        let gone = changes.filter { $0.version == nil }.map { "'\(ChaosSite.address($0.key))'" }
        var statements: [String] = []
        if !rows.isEmpty {
            statements.append(
                """
                INSERT INTO addresses (address, id, goto) VALUES \(rows.joined(separator: ", "))
                ON CONFLICT (address) DO UPDATE SET goto = EXCLUDED.goto
                """)
        }
        if !gone.isEmpty {
            statements.append("DELETE FROM addresses WHERE address IN (\(gone.joined(separator: ", ")))")
        }
        for statement in statements {
            guard connection.sendStatement(appendSQL: { $0 += Array(statement.utf8) }) else {
                throw connection.error
            }
        }
        guard connection.sendSync() else { throw connection.error }
        while true {
            if connection.flush() == .disconnected { throw connection.error }
            let soon = MonotonicClock.now().advanced(byNanoseconds: 500_000_000)
            guard waitUntilReady(connection.descriptor, for: .readable, until: soon) else {
                if threads.goOn { continue }
                throw ServerError(sqlState: "", message: "stopped")
            }
            connection.consumeInput()
            while let result = connection.nextResult() {
                switch consume result {
                case .prepared: continue
                case .succeeded: continue
                case .aborted: continue
                case .synced: return
                case .failed(let error): throw error
                case .disconnected(let error): throw error
                }
            }
        }
    }
}
