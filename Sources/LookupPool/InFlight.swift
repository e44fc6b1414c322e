// What is sent on a connection and has no result yet.

/// Something sent whose result is still to come.
package enum InFlight: Equatable, Sendable {
    case query(QueryID)
    /// One array statement for these queries of a table.
    case array(table: Int, [QueryID])
    case preparation(table: Int)
    /// The survey: the question what a table's array statement must be like.
    case survey(table: Int)
    /// The preparation of a table's array statement.
    case arrayPreparation(table: Int)
    /// The question whether the connection is fit for use.
    case check
    /// The question whether anything has changed that the connection depends on.
    case look
    /// One statement of a reset of the session, after lookups of this table; nil: the table is unknown.
    case reset(ResetStep, table: Int?)
    /// The release of a table's statement, or of its array statement, which a newer one replaces. It may
    /// fail.
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

    /// How many statements it counts as against the limit of those in flight: an array statement counts as
    /// one for each of its queries.
    var load: Int {
        switch self {
        case .array(_, let queries): queries.count
        case .query, .preparation, .survey, .arrayPreparation, .check, .look: 1
        case .reset, .release, .sync: 0
        }
    }
}
