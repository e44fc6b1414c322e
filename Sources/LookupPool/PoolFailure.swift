// Why a lookup fails.

/// Why the pool could not get a lookup's result. Each is a temporary failure.
package enum PoolFailure: Error, Equatable, Sendable {
    /// `PoolLimits.waiting` lookups are waiting already.
    case waitingFull
    /// No host can be reached.
    case unreachable
    /// The lookup's deadline has come.
    case deadline
    /// The connection was lost under this lookup too often.
    case connectionsLost
    /// Every host that was asked refused the query of this table.
    case queryFailed(table: Int)
    /// Every host refuses to prepare the table's query.
    case tableUnusable(table: Int)
}
