// What a pool has its shell do, and says to those who asked.

package import LookupValues

/// What the shell must do, in this order. What comes back of what is sent, `TargetPool.take` takes in.
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
    /// Send a statement that makes the session as new.
    case reset(ConnectionID, ResetStep)
    /// Have the server forget a table's statement, or the one for many keys, which the latest preparation has
    /// replaced.
    case release(ConnectionID, table: Int, isArray: Bool)
    /// Send a query.
    case send(ConnectionID, QueryID, QueryForm)
    /// Send one statement for all these queries of a table, by its array statement.
    case sendArray(ConnectionID, table: Int, [QueryID])
    /// Ask what a table's array statement must be like.
    case survey(ConnectionID, table: Int)
    /// Send the preparation of a table's array statement.
    case prepareArray(ConnectionID, table: Int)
    /// Send a Sync, which ends the batch, and flush.
    case sync(ConnectionID)
    /// Answer with the result that has just been taken, of which `awaitsEnd` was said, or which was.
    /// Nobody may be there to be answered, though the answer may be of use.
    case answer(Requester?, Answer)
    /// Answer with a temporary failure.
    case fail(Requester, PoolFailure)
    /// For the log: a connection to this host is given up, as its server is at one thing for too long. `close` follows.
    case gaveUp(host: Int)
    /// For the log: this host hangs, as far as can be told, and others are used in its place where there are any.
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
