// The pool's records of lookups, queries and tables.

internal import LookupValues
internal import PoolHealth

/// A lookup without its answer yet.
struct LookupRecord: BitwiseCopyable {
    /// Nil: there is no requester to answer.
    let requester: Requester?
    let deadline: Instant
    /// Until when it may be sent the first time.
    let sendUntil: Instant
    var query: Int
}

/// A query that waits or is in flight, and the lookups that it will answer. `KeyTable` has its key.
struct QueryRecord: BitwiseCopyable {
    enum Phase: Equatable, BitwiseCopyable {
        /// Never sent: an equal lookup may join. `inFlight` follows.
        case waiting
        /// To be sent again, before those that were never sent. `inFlight` follows.
        case waitingAgain
        /// To be sent to a host where it has not erred. `inFlight` follows.
        case waitingElsewhere
        /// Sent. `waitingAgain`, `waitingElsewhere` or `ended` may follow.
        case inFlight
        /// Answered, or without a lookup. Nothing follows.
        case ended
    }

    let table: Int
    /// `JoinIndex` has it by this.
    let hash: Int
    /// Its lookups; none is left when all have been cancelled or have failed by deadline.
    var lookups = LinkedList()
    var lookupCount = 0
    /// When it was sent last.
    var sentAt = Instant(nanoseconds: .min)
    /// How often its connection was lost, and the host of the last one.
    var lostConnections = 0
    var lostHost: Int?
    /// The hosts where it has erred, and the code of its last error.
    var erred = HostSet()
    var errorState = SQLState()
    /// The host to be asked next, while it waits for one where it has not erred.
    var nextHost = 0
    /// Whether it counts as answered only when its batch has ended, as its table is not pure.
    var awaitsEnd = false
    var phase = Phase.waiting
    /// Whether an equal lookup may join it while it was never sent, or in flight if its answer is kept.
    var mayBeShared = false
    /// Whether its answer is kept, if those of its table are.
    var wantsKeeping = false
    /// Whether a standby has nothing for it, and its batch has not ended.
    var isUnconfirmed = false
    /// It goes out in no array statement: one that it was in has failed, or it has erred at a host.
    var isSingle = false
    /// Its statement with parameters has failed: the result of the literal form counts.
    var isLiteral = false
    /// How it was sent last: the connection's statement may have changed since.
    var sentForm = QueryForm.prepared
    /// The prepared statement with which it has failed. That one is stale if the literal form works.
    var failedPreparation: Preparation?

    init(table: Int, hash: Int) {
        self.table = table
        self.hash = hash
    }

    mutating func add(_ lookup: Int, _ links: inout LinkTable) {
        links.append(lookup, to: &lookups)
        lookupCount += 1
    }

    mutating func remove(_ lookup: Int, _ links: inout LinkTable) {
        links.remove(lookup, from: &lookups)
        lookupCount -= 1
    }

    mutating func noteSent(as form: QueryForm, at now: Instant) {
        phase = .inFlight
        sentForm = form
        sentAt = now
    }

    /// Notes an error at a host: the query begins anew at another one.
    mutating func noteError(at host: Int, _ state: SQLState) {
        erred.insert(host)
        errorState = state
        isLiteral = false
        failedPreparation = nil
        isSingle = true
    }

    /// Whether it must not be a part of an array statement.
    var goesAlone: Bool { isSingle || isLiteral || lostConnections > 0 }
}

/// One preparation of a table's statement on one connection.
struct Preparation: Equatable, BitwiseCopyable {
    let connection: ConnectionID
    let number: Int
}
