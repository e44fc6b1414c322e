// A pool among clients, hosts and faults that a seed determines, with everything it says held against the account.

import LookupValues
import PoolHealth
import Testing

@testable import LookupPool

/// Plays the shell, as PoolDriver does it, on a calendar: after a round of events comes a dispatch, and time goes on to
/// the next event or to what the pool wants to be woken for, whichever is first.
final class Simulation {
    /// The pool's connection in one slot, from `connect` until it is gone.
    struct Link {
        let id: ConnectionID
        let host: Int
        let begunAt: Instant
        var isEstablished = false
        /// Whether a pooler is between, which must not get a batch before the one before is over.
        var isPooled = false
        /// Whether the server has said anything.
        var isProven = false
        var inFlight: [SimulatedSession.Statement] = []
        /// When the server last said anything, or was asked after a pause.
        var progressAt = Instant(nanoseconds: 0)
        /// Statements since the last Sync.
        var openStatements = 0
        var session = SimulatedSession()
        /// Which tables are known to keep nothing.
        var isPure: [Bool] = []
        /// A query that has its result, while its batch is not over.
        var uncommitted: (SimulatedSession.Query, version: Int, SimulatedMeaning)?
        /// The settings of new sessions when it was begun, and when it was first asked what it depends on.
        let begunWith: Int
        var foundWith = 0
        /// When anything happens to it; nil: when something is sent.
        var wakesAt: Instant?

        var queries: [SimulatedSession.Query] {
            (uncommitted.map { [$0.0] } ?? []) + inFlight.flatMap(\.queries)
        }
        /// How many queries are in flight.
        var load: Int { inFlight.reduce(0) { $0 + $1.queries.count } }
    }

    /// What an event calls for.
    enum Context {
        case connected, connectFailed, disconnected, dispatch
        /// A result without consequences for lookups.
        case result
        case succeeded([SimulatedSession.Query], version: Int, SimulatedMeaning)
        /// The query has failed at this host: for good, or it is asked elsewhere.
        case failed(SimulatedSession.Query, host: Int, StatementFailure)
    }

    let seed: UInt64
    let setting: SimulationSetting
    var random: SplitMix64
    var pool: TargetPool
    var now = Instant(nanoseconds: 1_000_000_000)
    var step = 0
    var ledger: LookupLedger
    var hosts: [SimulatedHost]
    /// What the pool has been told of each host: whether the last thing was a failure.
    var hasFailed: [Bool]
    var isReportedDown: [Bool]
    /// The hosts that were said to hang and not to have returned.
    var saidToHang: Set<Int> = []
    var links: [Link?]
    var database: SimulatedDatabase
    var clientsWakeAt: Instant?
    /// When connections were begun lately.
    var connects: [Instant] = []
    var sequence: UInt32 = 0
    var oneInLost: Int
    var oneInHanging: Int
    /// Which tables' preparation was refused last, by slot.
    var refused: [Set<Int>]
    /// Queries whose lookups must be told now that their connections were lost too often.
    var lostTooOften: [QueryID] = []
    var isShutDown = false
    /// Until when the pool must send nothing, and until when lookups must wait though no host can be reached.
    var pausedUntil: Instant?
    var graceUntil = Instant(nanoseconds: .min)
    /// Which tables' queries are known to keep nothing at any host connected to, as of the last time that was found out.
    var isPure: [Bool]
    /// Since when names mean, and new sessions' settings are, what they are with each number.
    var schemaChanges: [Instant] = [Instant(nanoseconds: .min)]
    var settingsChanges: [Instant] = [Instant(nanoseconds: .min)]
    /// The first thing found wrong.
    var problem: String?
    /// How often each outcome has come, to see that a simulation is worth something.
    var outcomes: [String: Int] = [:]

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(seed: seed)
        setting = SimulationSetting(seed: seed, using: &random)
        pool = TargetPool(
            limits: setting.limits, preferences: setting.preferences, tableCount: setting.natures.count,
            seed: random.next())
        if setting.sharing != nil { pool.keepAnswers(of: Set(setting.natures.indices)) }
        ledger = LookupLedger(tableCount: setting.natures.count)
        hosts = setting.preferences.map { _ in SimulatedHost() }
        hasFailed = hosts.map { _ in false }
        isReportedDown = hosts.map { _ in false }
        isPure = setting.natures.map { _ in false }
        let slots = setting.limits.slots(hosts: hosts.count)
        links = Array(repeating: nil, count: slots)
        refused = Array(repeating: [], count: slots)
        database = setting.database
        oneInLost = setting.oneInLost
        oneInHanging = setting.oneInHanging
        clientsWakeAt = now
        if setting.changesHosts {
            for host in hosts.indices { changeHost(host) }
        }
    }

    // MARK: The run

    /// Some thousand steps of trouble, then quiet until all is answered, then the end; nil, or what is wrong.
    func run(steps: Int) -> String? {
        while step < steps && problem == nil { runStep() }
        heal()
        if random.once(in: 2) { shutDown() }
        let end = now.advanced(byNanoseconds: setting.limits.lookupTimeout + 1)
        while !ledger.lookups.isEmpty && problem == nil {
            runStep()
            expect(now < end, "a lookup has no answer long after all is well")
        }
        shutDown()
        for _ in 0..<1000 where !pool.isFinished && problem == nil { runStep() }
        expect(pool.isFinished, "the pool does not come to its end")
        expect(links.allSatisfy { $0 == nil }, "a connection is open at the end")
        expect(pool.queries.count == 0 && pool.lookups.count == 0, "a record is left at the end")
        expect(pool.keys.longKeys.count == 0, "a key is left at the end")
        return problem.map { "seed \(seed), step \(step): \($0)" }
    }

    private func runStep() {
        step += 1
        let deadline = pool.nextDeadline(after: now)
        let times = links.map { $0?.wakesAt } + hosts.map(\.changesAt) + [clientsWakeAt, deadline]
        guard let next = times.compactMap({ $0 }).min() else {
            return expect(ledger.lookups.isEmpty, "the pool waits for nothing")
        }
        expect(deadline.map { $0 >= now } ?? true, "the pool wants to be woken in the past")
        now = max(now, next)
        for host in hosts.indices where isDue(hosts[host].changesAt) { changeHost(host) }
        for slot in links.indices.shuffled(using: &random) where isDue(links[slot]?.wakesAt) { wake(slot) }
        if isDue(clientsWakeAt) { wakeClients() }
        dispatch()
    }

    private func isDue(_ instant: Instant?) -> Bool {
        instant.map { $0 <= now } ?? false
    }

    func dispatch() {
        for _ in 0..<100 {
            pool.dispatch(now: now, isBusy: random.once(in: 3))
            perform(.dispatch)
            if problem != nil { return }
            for (sequence, lookup) in ledger.lookups where lookup.deadline <= now {
                return expect(false, "lookup \(sequence) is past its deadline")
            }
            for case let link? in links where !link.inFlight.isEmpty {
                expect(now < silentAt(link), "a silent connection is kept")
            }
            for case let link? in links where pausedUntil != nil {
                expect(!link.inFlight.isEmpty, "a connection without anything to do is kept in a pause")
            }
            guard let deadline = pool.nextDeadline(after: now) else {
                return expect(ledger.lookups.isEmpty, "the pool does not know of its lookups' deadlines")
            }
            expect(deadline >= now, "the pool wants to be woken in the past")
            if deadline > now { return }
        }
        expect(false, "the pool is never done")
    }

    /// Ends all faults.
    private func heal() {
        clientsWakeAt = nil
        oneInLost = 0
        oneInHanging = 0
        database = SimulatedDatabase(
            version: database.version, meaning: database.meaning,
            natures: setting.natures.map {
                $0 == .fickle ? .plain : $0
            })
        for host in hosts.indices { hosts[host] = SimulatedHost() }
        for slot in links.indices where links[slot]?.isEstablished ?? false { links[slot]!.wakesAt = now }
    }

    private func shutDown() {
        isShutDown = true
        pool.shutDown()
        dispatch()
    }

    // MARK: The account

    func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
        if !isTrue && problem == nil { problem = what() }
    }

    /// Compares what the pool says of itself with the account.
    func compare() {
        expect(pool.waiting == ledger.waiting, "\(pool.waiting) are waiting and not \(ledger.waiting)")
        expect(
            pool.unanswered == ledger.lookups.count,
            "\(pool.unanswered) unanswered, not \(ledger.lookups.count)")
        expect(pool.joined == ledger.joined, "\(pool.joined) have joined and not \(ledger.joined)")
        let hasConnection = links.prefix(setting.limits.connections + 1).contains {
            $0?.isEstablished ?? false
        }
        expect(pool.hasConnection == hasConnection, "hasConnection is wrong")
        expect(pool.pausedUntil == pausedUntil, "the pool is paused or not, and should not be or be")
        for case let link? in links {
            expect(pool.isCurrent(link.id), "a connection is not current any more")
            expect(link.openStatements == 0, "a batch is left open")
        }
        if pool.isUnreachable { expect(isUnreachable && ledger.waiting == 0, "not all is unreachable") }
    }

    /// Whether no connection of the pool's own is there and no host's last word was a good one.
    var isUnreachable: Bool {
        hasFailed.allSatisfy { $0 }
            && !links.prefix(setting.limits.connections + 1).contains { $0?.isEstablished ?? false }
    }

    /// Whether lookups wait all the same.
    var isWaitingOut: Bool { pausedUntil != nil || now < graceUntil }

    func notePauseOver() {
        pausedUntil = nil
        graceUntil = now.advanced(byNanoseconds: setting.limits.grace)
    }

    /// Notes that a connection was lost that was of use, and is gone from `links`.
    func noteLoss(of link: Link) {
        let own = setting.limits.connections + 1
        guard link.isProven, !links.prefix(own).contains(where: { $0?.isEstablished ?? false }) else {
            return
        }
        graceUntil = now.advanced(byNanoseconds: setting.limits.grace)
    }

    /// Finds out anew which tables are known to keep nothing.
    func notePurity() {
        for table in isPure.indices {
            isPure[table] = links.allSatisfy { !($0?.isEstablished ?? false) || $0!.isPure[table] }
        }
    }
}

extension SimulatedSession.Statement {
    var queries: [SimulatedSession.Query] {
        switch self {
        case .query(let query): [query]
        case .array(let queries): queries
        case .preparation, .survey, .arrayPreparation, .check, .look, .reset, .release, .sync: []
        }
    }
}
