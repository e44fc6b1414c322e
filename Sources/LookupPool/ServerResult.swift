// What a server's result is to the pool: a small value, whatever rows are in it.

package import PoolHealth

/// A result in the order of sending. The shell reads the rows as what is next in flight says, and reports what they come to;
/// that it fits there is for the pool to say.
package enum ServerResult: Equatable, Sendable {
    /// A statement was prepared.
    case prepared
    /// A statement was executed, and its rows are answers if it has any.
    case executed
    /// An array statement was executed, and its rows are no answers to what it was sent for.
    case senseless
    /// A survey was executed: the table's array statement can be prepared, or there is none.
    case surveyed(isPossible: Bool)
    /// A check was executed, and says that the connection is not fit for use.
    case unfit
    /// A look was executed: whether it says something else than when the connections were made that depend on the same.
    case looked(hasChanged: Bool)
    /// A reset's question was executed: the session holds temporary tables.
    case temporaryTables
    /// The server has refused a statement, or can't commit a batch. What it then skips of the batch comes as `aborted`.
    case failed(StatementFailure)
    /// A statement was skipped, as another one has failed.
    case aborted
    /// A batch has come to its end.
    case synced
}

/// What a result means for the connection that it came on. All that follows for lookups comes as actions.
package enum ResultMeaning: Equatable, Sendable {
    /// It is what was awaited; `answer` follows for each lookup that it answers.
    case taken
    /// It answers a query, which counts only when its batch has come to its end: `answer` follows then.
    case awaitsEnd
    /// The server has refused this. It is for the log; a query's key can be read until the actions after these are taken.
    case refused(InFlight)
    /// A batch can't be committed; the query that had its result in it, if any, has failed. For the log, too.
    case uncommitted(QueryID?)
    /// The connection is not fit for use: it is to be closed, and reported as `disconnected`.
    case unfit
    /// So is one whose server says what nothing in flight calls for.
    case outOfStep
}
