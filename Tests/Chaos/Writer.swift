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
    private struct State {
        var random: SplitMix64
        var versions: [Int]
        var isPresent: [Bool]
        /// Of each database.
        var queues: [[KeyChange]]
        var written: [Int]
        var lastError = ""
    }

    private static let batch = 50
    private static let changesAtATime = 20
    /// Nothing is changed while a database is behind by more.
    private static let longestQueue = 20_000

    private let site: ChaosSite
    private let ledger: VersionLedger
    private let state: Mutex<State>
    private let threads = LoadThreads()

    init(_ site: ChaosSite, seed: UInt64) {
        self.site = site
        ledger = site.ledger
        state = Mutex(
            State(
                random: SplitMix64(seed: seed),
                versions: Array(repeating: 1, count: ChaosSite.allKeyCount),
                isPresent: Array(repeating: true, count: ChaosSite.allKeyCount),
                queues: site.clusters.map { _ in [] }, written: site.clusters.map { _ in 0 }))
        threads.start { [self] in choose() }
        for (number, cluster) in site.clusters.enumerated() {
            let parameters = ConnectionParameters([
                ("host", cluster.socketDirectory), ("port", "\(cluster.port ?? 5432)"),
                ("user", "postgres"), ("dbname", ChaosSite.database), ("application_name", "writer"),
            ])
            threads.start { [self] in write(parameters, number, SplitMix64(seed: seed &+ UInt64(number) &+ 1))
            }
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
                    change(key, deletes: state.isPresent[key] && state.random.below(5) == 0, &state)
                }
                chooseTold(&state)
            }
            usleep(25_000)
        }
    }

    /// Every other time a key whose changes are notified is changed, or comes, or goes, or becomes another one.
    private func chooseTold(_ state: inout State) {
        guard state.random.below(2) == 0 else { return }
        func choose() -> Int {
            let isHot = state.random.below(4) == 0
            return ChaosSite.keyCount
                + state.random.below(isHot ? ChaosSite.hotKeyCount : ChaosSite.toldKeyCount)
        }
        let (key, other) = (choose(), choose())
        let goes = state.isPresent[key] && state.random.below(3) == 0
        change(key, deletes: goes, &state)
        if goes && !state.isPresent[other] && other != key { change(other, deletes: false, &state) }
    }

    private func change(_ key: Int, deletes: Bool, _ state: inout State) {
        if !deletes { state.versions[key] += 1 }
        state.isPresent[key] = !deletes
        let version = deletes ? nil : state.versions[key]
        let number = ledger.begin(version, of: key, at: MonotonicClock.now().nanoseconds)
        for index in state.queues.indices {
            state.queues[index].append(KeyChange(key: key, version: version, number: number))
        }
    }

    private func write(_ parameters: ConnectionParameters, _ number: Int, _ seeded: SplitMix64) {
        var random = seeded
        var connection: Connection?
        while threads.goOn {
            let changes = state.withLock { Array($0.queues[number].prefix(Self.batch)) }
            if changes.isEmpty {
                usleep(5_000)
                continue
            }
            do throws(ServerError) {
                if connection == nil { connection = try connect(parameters, timeout: 5).get() }
                let statements = KeyChange.statements(
                    for: changes, isUntold: site.isUntold.load(ordering: .relaxed), &random)
                try execute(statements, on: connection!)
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
    private func execute(_ statements: [String], on connection: Connection) throws(ServerError) {
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
