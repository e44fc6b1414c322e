// What is sent on a connection, and how far its statements are.

internal import LookupValues

/// Something sent whose result is still to come.
package enum InFlight: Equatable, Sendable {
    case query(QueryID)
    /// One statement for these queries of a table.
    case batch(table: Int, [QueryID])
    case preparation(table: Int)
    /// The question what a table's statement for many keys must be like.
    case survey(table: Int)
    /// The preparation of a table's statement for many keys.
    case batchPreparation(table: Int)
    /// The question whether the connection is fit for use.
    case check
    /// The question whether anything has changed that the connection depends on.
    case look
    /// One statement that makes the session as new, after lookups of this table; nil: it can't be told of which.
    case reset(ResetStep, table: Int?)
    /// The end of a table's statement, or of the one for many keys, in whose place another one was prepared. It may fail.
    case release(table: Int, isMany: Bool)
    /// The end of a batch.
    case sync

    /// The queries that its result answers.
    var queries: [QueryID] {
        switch self {
        case .query(let query): [query]
        case .batch(_, let queries): queries
        case .preparation, .survey, .batchPreparation, .check, .look, .reset, .release, .sync: []
        }
    }

    /// How many statements it counts as where those in flight are limited: each query of one for many is one.
    var load: Int {
        switch self {
        case .batch(_, let queries): queries.count
        case .query, .preparation, .survey, .batchPreparation, .check, .look: 1
        case .reset, .release, .sync: 0
        }
    }
}

/// How far a table's statement is on one connection.
enum StatementState: Equatable {
    /// Not known to the server: `preparing` follows.
    case unprepared
    /// `prepared`, `literal`, `unnamed` or `failed` follows.
    case preparing
    /// In use. `renewing` follows when it is old, `unprepared` when it turns out stale, `unnamed` when the server loses it.
    case prepared
    /// In use: it is being prepared anew, and what is sent comes behind that. What follows is as for `preparing`.
    case renewing
    /// In use for the rest of the connection's life: it is parsed anew each time.
    case unnamed
    /// In use: it is parsed anew each time. `preparing` follows on a lookup after `retryAt`.
    case literal(retryAt: Instant)
    /// Refused by the server: `preparing` follows on a lookup after `retryAt`.
    case failed(retryAt: Instant)

    /// How queries are sent; nil while none can be.
    var form: QueryForm? {
        switch self {
        case .prepared, .renewing: .prepared
        case .unnamed: .unnamed
        case .literal: .literal
        case .unprepared, .preparing, .failed: nil
        }
    }
}

/// How far a table's statement for many keys is on one connection. Without it queries go out one by one.
enum BatchStatementState {
    /// `surveying` follows when several queries go out together.
    case none
    /// `surveyed` or `impossible` follows.
    case surveying
    /// `preparing` follows.
    case surveyed
    /// `prepared` or `impossible` follows.
    case preparing
    /// In use. `none` follows when it fails, when it is old, or when the table's own statement turns out stale.
    case prepared
    /// `none` follows when that is old, or when the table's own statement turns out stale.
    case impossible
}
