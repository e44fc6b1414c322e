// What a pool knows of one of its connections.

internal import DequeModule
internal import LookupValues

/// Something sent whose result is still to come.
package enum InFlight: Equatable, Sendable {
    case query(QueryID)
    case preparation(table: Int)
    /// The end of a batch.
    case sync
}

/// How far a table's statement is on one connection.
enum StatementState: Equatable {
    /// Not known to the server: `preparing` follows.
    case unprepared
    /// `prepared`, `literal` or `failed` follows.
    case preparing
    /// In use. `unprepared` follows when it turns out stale, `unnamed` when the server loses it.
    case prepared
    /// In use for the rest of the connection's life.
    case unnamed
    /// In use for the rest of the connection's life.
    case literal
    /// Refused by the server: `preparing` follows on a lookup after `retryAt`.
    case failed(retryAt: Instant)

    /// How queries are sent; nil while none can be.
    var form: QueryForm? {
        switch self {
        case .prepared: .prepared
        case .unnamed: .unnamed
        case .literal: .literal
        case .unprepared, .preparing, .failed: nil
        }
    }
}

struct ConnectionState {
    enum Phase {
        /// No connection: `connecting` follows when a host may be connected to.
        case idle
        /// `ready` or `idle` follows.
        case connecting
        /// Takes queries. `retiring` or `idle` follows.
        case ready
        /// Takes no more queries, so that the connection can move to another host; `idle` follows when the last one
        /// in flight has its result.
        case retiring
    }

    var phase = Phase.idle
    var generation: UInt32 = 0
    var host = 0
    var begunAt = Instant(nanoseconds: .min)
    /// Whether the server has answered anything yet. A host that takes connections only to drop them is failing.
    var isProven = false
    var inFlight: Deque<InFlight> = []
    /// How many of those in flight are statements.
    var load = 0
    /// Whether the server has answered anything, or was first asked after a pause, since the last dispatch.
    var hasProgressed = false
    /// The last dispatch by which that was so.
    var progressAt = Instant(nanoseconds: .min)
    /// Whether anything was sent since the last Sync.
    var hasOpenBatch = false
    var statements: [StatementState]
    /// Whether a statement may be `unprepared`.
    var needsPreparation = false
    var stalePreparations: [Int]

    init(tableCount: Int) {
        statements = Array(repeating: .unprepared, count: tableCount)
        stalePreparations = Array(repeating: 0, count: tableCount)
    }

    var isEstablished: Bool { phase == .ready || phase == .retiring }

    /// Notes that a statement is sent.
    mutating func push(_ statement: InFlight) {
        if inFlight.isEmpty { hasProgressed = true }
        inFlight.append(statement)
        load += 1
        hasOpenBatch = true
    }

    /// Forgets everything of the connection that was; `generation` tells the next one from it.
    mutating func reset() {
        phase = .idle
        generation &+= 1
        isProven = false
        inFlight.removeAll(keepingCapacity: true)
        load = 0
        hasProgressed = false
        hasOpenBatch = false
        needsPreparation = false
        for table in statements.indices {
            statements[table] = .unprepared
            stalePreparations[table] = 0
        }
    }
}
