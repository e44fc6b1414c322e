// A pool played through by hand: tables of events, and the actions that each of them must bring.

import LookupValues
import PoolHealth
import Testing

@testable import LookupPool

/// A pool whose shell is a text. A line of it is an event, a bar, and the actions expected, with commas between; a line
/// that begins with the bar goes on with the one before. Connections are named by their slots, lookups by the order of
/// their coming, from 1; `KEY@2` is a key of table 2, `KEY` of table 0.
///
///     submit KEY...        dispatch             wait MILLISECONDS         cancel LOOKUP...
///     ask MILLISECONDS KEY... (submit, with so long until the deadline, for nobody)
///     connected SLOT...    refused SLOT...      lost SLOT...              shut down
///     share MILLISECONDS KEY... (submit, and share a query in flight that was sent within so long)
///     standby SLOT TABLE (connected to a standby, where this table is not asked)
///     nothing SLOT PLACE... (done, on a standby that has nothing for these places)
///     done SLOT...         aborted SLOT...      error SLOT missing/cancelled/parameters/other/SQLSTATE
///     impossible SLOT (a survey finds no array statement)
///     synced SLOT...       unwilling SLOT TABLE (connected, but this table must not be asked)
///     impure SLOT TABLE... (connected, where these tables may keep something)
///     singly SLOT TABLE... (connected, where the array statement is not worth it for these tables)
///     dependent SLOT NUMBER (connected, with what it depends on)
///     late SLOT NUMBER (the same, and something has changed since it was begun)
///     uncommitted SLOT SQLSTATE (the batch can't be committed)
///     changed SLOT (a look says so)       temporary SLOT (the next reset finds temporary tables)
///     renew                               full SLOT (refused, for want of room)
///     pause MILLISECONDS                  resume
///     pooled SLOT... (connected, with a pooler between)
///     distant SLOT MILLISECONDS (connected, with that round trip)
///
/// The end of a batch is reported together with its last result, unless `holdsSyncs`. Unless said otherwise, any number of
/// batches may be in flight, each statement goes to the connection with the fewest, and servers have taken each table's
/// statement before, unless the pool `isNew`.
///
/// What can be asked: `waiting`, `joined`, `unanswered`, `deadline` (after so many milliseconds), `next SLOT`,
/// `unreachable`, `finished`.
final class Transcript {
    var pool: TargetPool
    let connections: Int
    let tables: Int
    let holdsSyncs: Bool
    let lookupTimeout: Int64
    /// Whether the hosts that return are among the actions.
    let tellsReturns: Bool
    private(set) var now = Instant(nanoseconds: 0)
    var current: [ConnectionID?]
    var lookups: [Int: LookupID] = [:]
    var submitted = 0
    /// Whether the next reset finds temporary tables.
    var hasTemporaryTables = false

    init(
        connections: Int = 1, depth: Int = 256, waiting: Int = 1000, lookupTimeout: Int64 = 10_000,
        connectTimeout: Int64 = 5_000, silenceTimeout: Int64? = nil, stallInterval: Int64 = 1_000_000,
        checkInterval: Int64? = nil, smallestArray: Int? = nil, batches: Int = 1_000, worthwhile: Int = 1,
        retryInterval: Int64 = 60_000, idleInterval: Int64? = nil, freshness: Int64? = nil,
        connectionLifetime: Int64? = nil, grace: Int64 = 0,
        hosts: [Int] = [0], tables: Int = 1, seed: UInt64 = 1, holdsSyncs: Bool = false, isNew: Bool = false,
        tellsReturns: Bool = false, kept: Set<Int> = [], confirmed: [Int] = []
    ) {
        let limits = PoolLimits(
            connections: connections, pipelineDepth: depth, waiting: waiting,
            lookupTimeout: lookupTimeout * 1_000_000, connectTimeout: connectTimeout * 1_000_000,
            silenceTimeout: (silenceTimeout ?? lookupTimeout + 1_000) * 1_000_000,
            stallInterval: stallInterval * 1_000_000, retryInterval: retryInterval * 1_000_000,
            idleInterval: idleInterval.map { $0 * 1_000_000 },
            checkInterval: checkInterval.map { $0 * 1_000_000 }, smallestArray: smallestArray,
            batches: batches, worthwhile: worthwhile, freshness: freshness.map { $0 * 1_000_000 },
            connectionLifetime: connectionLifetime.map { $0 * 1_000_000 }, grace: grace * 1_000_000)
        pool = TargetPool(
            limits: limits, preferences: hosts, tableCount: tables, confirmed: confirmed, seed: seed)
        pool.keepAnswers(of: kept)
        for table in 0..<tables { pool.tables[table].isKnown = !isNew }
        self.connections = connections
        self.lookupTimeout = limits.lookupTimeout
        current = Array(repeating: nil, count: limits.slots(hosts: hosts.count))
        self.tables = tables
        self.holdsSyncs = holdsSyncs
        self.tellsReturns = tellsReturns
    }

    /// Connects every slot and prepares all there is, whatever that brings.
    func becomeReady() -> Transcript {
        _ = perform("dispatch")
        for slot in 0..<connections {
            _ = perform("connected \(slot)")
            for _ in 0..<tables {
                _ = perform("done \(slot)")
                if holdsSyncs { _ = perform("synced \(slot)") }
            }
        }
        return self
    }

    /// Plays the lines and compares.
    func play(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        var steps: [(event: String, expected: [String])] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            let event = parts[0].words.joined(separator: " ")
            let expected = (parts.count > 1 ? parts[1] : "").split(separator: ",")
                .map { $0.words.joined(separator: " ") }.filter { !$0.isEmpty }
            if event.isEmpty {
                steps[steps.count - 1].expected += expected
            } else {
                steps.append((event, expected))
            }
        }
        for (index, step) in steps.enumerated() {
            let brought = perform(step.event)
            if brought == step.expected { continue }
            Issue.record(
                """
                step \(index + 1), \(step.event)
                expected: \(step.expected.joined(separator: ", "))
                brought:  \(brought.joined(separator: ", "))
                """,
                sourceLocation: sourceLocation)
            return
        }
    }

    /// Has one event happen; returns the actions it brings, or the answer to a question.
    func perform(_ event: String) -> [String] {
        let words = event[...].words
        let arguments = Array(words.dropFirst())
        switch words[0] {
        case "submit":
            return arguments.flatMap { submit($0) }
        case "search":
            return arguments.enumerated().flatMap { submit($1, part: UInt16($0 + 1)) }
        case "ask":
            let deadline = now.advanced(byNanoseconds: Int64(arguments[0])! * 1_000_000)
            return arguments.dropFirst().flatMap { submit($0, isForNobody: true, deadline: deadline) }
        case "share":
            let since = now.advanced(byNanoseconds: -Int64(arguments[0])! * 1_000_000)
            return arguments.dropFirst().flatMap { submit($0, joinsSentAfter: since) }
        case "unkept":
            return arguments.flatMap { submit($0, wantsKeeping: false) }
        case "cancel":
            for lookup in arguments { pool.cancel(lookups[Int(lookup)!]!) }
        case "wait":
            now = now.advanced(byNanoseconds: Int64(arguments[0])! * 1_000_000)
        case "dispatch":
            pool.dispatch(now: now, isBusy: arguments == ["busy"])
        case "shut":
            pool.shutDown()
        case "connected":
            for slot in arguments { pool.connected(connection(slot), now: now) }
        case "pooled":
            for slot in arguments { pool.connected(connection(slot), isSerial: true, now: now) }
        case "distant":
            pool.connected(
                connection(arguments[0]), roundTrip: Int64(arguments[1])! * 1_000_000, now: now)
        case "unwilling":
            pool.connected(connection(arguments[0]), refusing: [Int(arguments[1])!], now: now)
        case "standby":
            pool.connected(
                connection(arguments[0]), refusing: [Int(arguments[1])!], isStandby: true, now: now)
        case "nothing":
            _ = take(.unconfirmed(arguments.dropFirst().map { Int($0)! }), on: Int(arguments[0])!)
            endBatch(on: connection(arguments[0]))
        case "refused":
            for slot in arguments { pool.connectFailed(connection(slot), now: now) }
        case "lost":
            for slot in arguments { pool.disconnected(connection(slot), now: now) }
        case "done":
            for slot in arguments {
                succeed(on: connection(slot))
                endBatch(on: connection(slot))
            }
        case "impossible":
            pool.surveyed(on: connection(arguments[0]), isPossible: false, now: now)
            endBatch(on: connection(arguments[0]))
        case "aborted":
            for slot in arguments {
                pool.aborted(on: connection(slot), now: now)
                endBatch(on: connection(slot))
            }
        case "error":
            pool.failed(on: connection(arguments[0]), failure(arguments[1]), now: now)
            endBatch(on: connection(arguments[0]))
        case "uncommitted":
            pool.commitFailed(on: connection(arguments[0]), failure(arguments[1]), now: now)
            endBatch(on: connection(arguments[0]))
        case "changed":
            pool.looked(on: connection(arguments[0]), hasChanged: true, now: now)
            endBatch(on: connection(arguments[0]))
        case "temporary":
            hasTemporaryTables = true
        case "renew":
            pool.renewConnections(now: now)
        case "pause":
            pool.pause(until: now.advanced(byNanoseconds: Int64(arguments[0])! * 1_000_000))
        case "resume":
            pool.resume(now: now)
        case "full":
            pool.connectFailed(connection(arguments[0]), isFull: true, now: now)
        case "impure":
            // Which tables are pure is what is left.
            let impure = Set(arguments.dropFirst().map { Int($0)! })
            pool.connected(
                connection(arguments[0]), pure: Set(0..<tables).subtracting(impure), now: now)
        case "singly":
            let others = Set(0..<tables).subtracting(arguments.dropFirst().map { Int($0)! })
            pool.connected(connection(arguments[0]), takesArrays: others, now: now)
        case "dependent":
            pool.connected(
                connection(arguments[0]), dependencies: (Int(arguments[1])!, now), now: now)
        case "late":
            pool.connected(
                connection(arguments[0]), dependencies: (Int(arguments[1])!, now), isCurrent: false, now: now)
        case "synced":
            for slot in arguments { pool.synced(on: connection(slot), now: now) }
        default:
            return [answer(words[0], arguments)]
        }
        return takeActions()
    }

    /// Reports a result as it is, out of step or not.
    func take(_ result: ServerResult, on slot: Int) -> ResultMeaning {
        pool.take(result, on: current[slot]!, now: now)
    }

    func succeed(on connection: ConnectionID) {
        switch pool.nextInFlight(on: connection) {
        case .survey:
            pool.surveyed(on: connection, isPossible: true, now: now)
        case .look:
            pool.looked(on: connection, hasChanged: false, now: now)
        case .reset(.question, _) where hasTemporaryTables:
            hasTemporaryTables = false
            pool.foundTemporaryTables(on: connection, now: now)
        case .query, .array, .preparation, .arrayPreparation, .check, .reset, .release, .sync, nil:
            pool.succeeded(on: connection, now: now)
        }
    }

    /// The server says so as soon as the batch's last statement has its result.
    func endBatch(on connection: ConnectionID) {
        if !holdsSyncs && pool.nextInFlight(on: connection) == .sync { pool.synced(on: connection, now: now) }
        // Statements that are let go of are nobody's concern here.
        while pool.isCurrent(connection), case .release? = pool.nextInFlight(on: connection) {
            pool.succeeded(on: connection, now: now)
            pool.synced(on: connection, now: now)
        }
    }

    func answer(_ question: String, _ arguments: [String]) -> String {
        switch question {
        case "waiting": "\(pool.waiting)"
        case "joined": "\(pool.joined)"
        case "unanswered": "\(pool.unanswered)"
        case "unreachable": "\(pool.isUnreachable)"
        case "finished": "\(pool.isFinished)"
        case "deadline": milliseconds.map { "\($0)" } ?? "none"
        case "next": pool.nextInFlight(on: connection(arguments[0])).map(name) ?? "nothing"
        case "wanted": "\(isNextWanted(on: connection(arguments[0])))"
        default: preconditionFailure("there is no event \(question)")
        }
    }

    /// Whether the pool has or makes a connection in a slot.
    func isOpen(_ slot: Int) -> Bool { current[slot].map { pool.isCurrent($0) } ?? false }

    /// How long until `nextDeadline`, in whole milliseconds.
    var milliseconds: Int64? {
        pool.nextDeadline(after: now).map { ($0.nanoseconds - now.nanoseconds) / 1_000_000 }
    }

    /// Goes on to `nextDeadline`, exactly.
    func waitForDeadline() {
        now = pool.nextDeadline(after: now)!
    }

    func isNextWanted(on connection: ConnectionID) -> Bool {
        guard case .query(let query) = pool.nextInFlight(on: connection) else { return false }
        return pool.isWanted(query)
    }
}

extension Substring {
    var words: [String] { split(separator: " ").map(String.init) }
}

extension TargetPool {
    /// Whether the answer to a query is still wanted by anybody.
    func isWanted(_ query: QueryID) -> Bool {
        queries[query.index].lookupCount > 0
    }
}
