// A server's result as the pool sees it: a small value, whatever rows the result has.

package import PoolHealth

/// A result. Results come in the order of sending. The shell reads the rows according to what is next in
/// flight, and reports what they mean. The pool checks that the result fits what is next in flight.
package enum ServerResult: Equatable, Sendable {
    /// A statement was prepared.
    case prepared
    /// A statement was executed, and its rows are answers if it has any.
    case executed
    /// The same, on a standby, and it has nothing for the queries at these places: see `TargetPool.init`.
    case unconfirmed([Int])
    /// An array statement was executed, and its rows don't answer the queries that it was sent for.
    case senseless
    /// A survey was executed: the table's array statement can be prepared, or there is none.
    case surveyed(isPossible: Bool)
    /// A check was executed, and says that the connection is not fit for use.
    case unfit
    /// A look was executed. It says whether anything has changed since the connections with the same
    /// dependencies were made.
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

/// What a result means for the connection that it came on. What follows for lookups comes as actions.
package enum ResultMeaning: Equatable, Sendable {
    /// It is what was awaited; `answer` follows for each lookup that it answers.
    case taken
    /// It answers a query, which counts only when its batch has ended: `answer` follows then.
    case awaitsEnd
    /// The server has refused this. It is for the log; a query's key can be read until the actions after these are taken.
    case refused(InFlight)
    /// A batch can't be committed; the query that had its result in it, if any, has failed. For the log, too.
    case uncommitted(QueryID?)
    /// The connection is not fit for use: it is to be closed, and reported as `disconnected`.
    case unfit
    /// The result does not fit what is in flight: as for `unfit`, the connection is to be closed.
    case outOfStep
}
