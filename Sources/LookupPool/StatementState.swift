// How far a table's statements are on one connection.

internal import LookupValues

/// How far a table's statement is on one connection.
enum StatementState: Equatable {
    /// Not known to the server: `preparing` follows.
    case unprepared
    /// `prepared`, `literal`, `unnamed` or `failed` follows.
    case preparing
    /// In use. `renewing` follows when it is old, `unprepared` when it turns out stale, `unnamed` when the server loses it.
    case prepared
    /// In use while it is prepared anew: queries are sent behind that. What follows is as for `preparing`.
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

/// How far a table's array statement is on one connection. Without it queries go out one by one.
enum ArrayStatementState {
    /// `surveying` follows when several queries have gone out one by one.
    case none
    /// `surveyed` or `impossible` follows.
    case surveying
    /// `preparing` follows.
    case surveyed
    /// `prepared` or `impossible` follows.
    case preparing
    /// In use. `surveying` follows when it is old, `none` when it fails or the table's own statement turns
    /// out stale.
    case prepared
    /// `surveying` follows when that finding is old, `none` when the table's own statement turns out stale.
    case impossible
}
