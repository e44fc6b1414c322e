// A table's statement and its array statement on one connection.

internal import LookupValues
internal import PoolHealth

/// How far both are, and what is known of the table at that server. All of it ends with the connection.
struct TableStatements: BitwiseCopyable {
    /// How often a statement is prepared anew on one connection before the table goes on without a prepared one.
    private static let stalePreparations = 3
    /// How long a table goes on with literals after its prepared statements have turned out stale again and
    /// again, and without an array statement after none was possible, in nanoseconds.
    static let literalRetryInterval: Int64 = 60_000_000_000
    /// How long a table whose statement can't be prepared fails its lookups at once, before the next attempt,
    /// in nanoseconds.
    private static let retryInterval: Int64 = 1_000_000_000

    private(set) var own = StatementState.unprepared
    private(set) var array = ArrayStatementState.none
    /// When its own statement was last sent to be prepared, and its array statement to be surveyed.
    private(set) var preparedAt = Instant(nanoseconds: .min)
    private(set) var arrayPreparedAt = Instant(nanoseconds: .min)
    /// Until when the array statement may be used.
    private(set) var arrayUsableUntil = Instant(nanoseconds: .min)
    /// Whether the server has each of them under a name.
    private var isNamed = false
    private var isArrayNamed = false
    /// How often its own statement has turned out stale.
    private(set) var timesStale = 0
    /// Whether its queries are known to keep nothing, at this host.
    private(set) var isPure = false
    /// Whether its array statement is worth it there, as far as its plan tells.
    private(set) var takesArrays = false

    /// What was found out when the connection was made.
    mutating func begin(isPure: Bool, takesArrays: Bool, isRefused: Bool) {
        self.isPure = isPure
        self.takesArrays = takesArrays
        if isRefused { own = .failed(retryAt: .distantFuture) }
    }

    /// Until it is known anew, its queries may keep something.
    mutating func noteImpure() { isPure = false }

    // MARK: Its own statement

    /// Its statement is sent to be prepared.
    ///
    /// - Parameter staysInUse: whether a statement in use stays in use, as queries can be sent behind the
    ///   preparation.
    /// - Returns: whether the server has one by a name that it is to forget.
    mutating func beginPreparation(staysInUse: Bool, now: Instant) -> Bool {
        own = own == .prepared && staysInUse ? .renewing : .preparing
        preparedAt = now
        defer { isNamed = false }
        return isNamed
    }

    /// The server has prepared it.
    ///
    /// - Parameter isKept: whether a pooler may keep the statement for later, whatever changes: it is parsed anew each time.
    mutating func notePrepared(isKept: Bool) {
        own = isKept ? .unnamed : .prepared
        isNamed = true
    }

    mutating func noteRefusal(_ kind: StatementFailure.Kind, now: Instant) {
        forgetArray()
        own =
            switch kind {
            case .parametersImpossible: .literal(retryAt: .distantFuture)
            case .statementMissing: .unnamed
            case .other: .failed(retryAt: now.advanced(byNanoseconds: Self.retryInterval))
            }
    }

    /// The server does not know the statement that it has prepared.
    mutating func noteLost() {
        // Otherwise, the query was sent behind a preparation that has failed.
        if own.form == .prepared { own = .unnamed }
    }

    mutating func noteUnprepared() {
        own = .unprepared
        forgetArray()
    }

    /// The literal form has worked though the prepared one had failed.
    ///
    /// - Returns: whether it is to be prepared anew.
    mutating func noteStale(now: Instant) -> Bool {
        timesStale += 1
        if timesStale > Self.stalePreparations {
            timesStale = 0
            own = .literal(retryAt: now.advanced(byNanoseconds: Self.literalRetryInterval))
            return false
        }
        noteUnprepared()
        return true
    }

    /// Whether it was prepared at least `age` nanoseconds ago.
    func isOlder(than age: Int64, now: Instant) -> Bool {
        own == .prepared && now.nanoseconds - preparedAt.nanoseconds >= age
    }

    // MARK: Its array statement

    /// The server is asked what its array statement must be like.
    mutating func beginSurvey() {
        array = .surveying
        arrayPreparedAt = preparedAt
    }

    mutating func noteSurvey(isPossible: Bool) {
        // The table's own statement may have been prepared anew since.
        if array == .surveying { array = isPossible ? .surveyed : .impossible }
    }

    /// - Returns: whether the server has one by a name that it is to forget.
    mutating func beginArrayPreparation() -> Bool {
        array = .preparing
        defer { isArrayNamed = false }
        return isArrayNamed
    }

    /// - Parameter freshness: how old its meaning may be; nil: any age.
    mutating func noteArrayPrepared(freshness: Int64?) {
        array = .prepared
        isArrayNamed = true
        arrayUsableUntil = freshness.map { arrayPreparedAt.advanced(byNanoseconds: $0) } ?? .distantFuture
    }

    mutating func noteArrayImpossible() {
        forgetArray()
        array = .impossible
    }

    mutating func forgetArray() {
        array = .none
        arrayUsableUntil = Instant(nanoseconds: .min)
    }

    /// Whether a survey is due because the array statement, or the finding that there is none, is old, or has
    /// been made already. The old statement stays in use for a while.
    ///
    /// - Parameter freshness: how old its meaning may be.
    func arrayGrowsOld(freshness: Int64, now: Instant) -> Bool {
        switch array {
        case .prepared: arrayPreparedAt.advanced(byNanoseconds: freshness / 4 * 3) <= now
        case .impossible: arrayPreparedAt.advanced(byNanoseconds: Self.literalRetryInterval) <= now
        case .surveyed: true
        case .none, .surveying, .preparing: false
        }
    }
}
