// What a pool has its shell do, and answer to requesters.

package import LookupValues

/// What the shell must do, in this order. The results of what is sent go to `TargetPool.take`.
package enum PoolAction: Equatable, Sendable {
    /// Connect to the host with this index; report `connected` or `connectFailed`.
    case connect(ConnectionID, host: Int)
    /// Close the connection, or give up connecting; it is not mentioned again.
    case close(ConnectionID)
    /// Send the preparation of a table's statement.
    case prepare(ConnectionID, table: Int)
    /// Ask the server whether the connection is fit for use.
    case check(ConnectionID)
    /// Ask the server whether what the connection depends on has changed.
    case look(ConnectionID)
    /// Send one statement of a reset of the session.
    case reset(ConnectionID, ResetStep)
    /// Have the server forget a table's statement, or its array statement, which the latest preparation has
    /// replaced.
    case release(ConnectionID, table: Int, isArray: Bool)
    /// Send a query.
    case send(ConnectionID, QueryID, QueryForm)
    /// Send all these queries of a table as one array statement.
    case sendArray(ConnectionID, table: Int, [QueryID])
    /// Ask what a table's array statement must be like.
    case survey(ConnectionID, table: Int)
    /// Send the preparation of a table's array statement.
    case prepareArray(ConnectionID, table: Int)
    /// Send a Sync, which ends the batch, and flush.
    case sync(ConnectionID)
    /// Answer with the result that has just been taken, or with the one reported as `awaitsEnd` if the end of
    /// its batch has just been taken. Without a requester, no answer is sent, but the result may be of use.
    case answer(Requester?, Answer)
    /// Keep the result that the next `answer` would be answered with: its table's answers are kept.
    case keep(Answer)
    /// Answer with a temporary failure.
    case fail(Requester, PoolFailure)
    /// For the log: a connection to this host is given up, as its server has not answered for too long.
    /// `close` follows.
    case gaveUp(host: Int)
    /// For the log: this host seems to hang, and other hosts, if there are any, are used in its place.
    case hostHangs(Int)
    /// For the log: this host, which was said to hang, is used again.
    case hostReturned(Int)
    /// For the log: a connection that should be renewed stays, as no other one can be made in its place.
    case renewalFailed(host: Int)
    /// For the log: this host can't be connected to any more.
    case hostFailed(Int)
    /// For the log: this host can be connected to again.
    case hostRecovered(Int)
    /// For the log: the pause has ended by itself.
    case pauseOver
}
