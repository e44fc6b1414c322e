// What is sent on a connection and has no result yet.

/// Something sent whose result is still to come.
package enum InFlight: Equatable, Sendable {
    case query(QueryID)
    /// One statement for these queries of a table.
    case array(table: Int, [QueryID])
    case preparation(table: Int)
    /// The question what a table's array statement must be like.
    case survey(table: Int)
    /// The preparation of a table's array statement.
    case arrayPreparation(table: Int)
    /// The question whether the connection is fit for use.
    case check
    /// The question whether anything has changed that the connection depends on.
    case look
    /// One statement that makes the session as new, after lookups of this table; nil: it can't be told of which.
    case reset(ResetStep, table: Int?)
    /// The end of a table's statement, or of the one for many keys, in whose place another one was prepared. It may fail.
    case release(table: Int, isArray: Bool)
    /// The end of a batch.
    case sync

    /// The queries that its result answers.
    var queries: [QueryID] {
        switch self {
        case .query(let query): [query]
        case .array(_, let queries): queries
        case .preparation, .survey, .arrayPreparation, .check, .look, .reset, .release, .sync: []
        }
    }

    /// How many statements it counts as where those in flight are limited: each query of one for many is one.
    var load: Int {
        switch self {
        case .array(_, let queries): queries.count
        case .query, .preparation, .survey, .arrayPreparation, .check, .look: 1
        case .reset, .release, .sync: 0
        }
    }
}
