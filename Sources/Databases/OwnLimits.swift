// The limits of what mapmux itself has to know of a database: a role's are for its lookups.

internal import EventLoop
package import LookupValues
package import PostgreSQL

/// SQL that gives the statements behind it, in the same batch or transaction, limits of their own.
package struct OwnLimits: Sendable {
    /// A statement that returns no row. Since PostgreSQL 11, each statement of a batch has the limit that is set when it
    /// begins. transaction_timeout, since 17, would end the session.
    package let sql: String

    /// - Parameters:
    ///   - time: how long a statement may take, in nanoseconds.
    ///   - lockTime: how long a lock may be waited for; nil: a little shorter, as the message about it says more.
    ///   - serverVersion: as libpq has it.
    package init(_ time: Int64, lockTime: Int64? = nil, serverVersion: Int32) {
        func text(_ time: Int64) -> String { "\(max(1, time / 1_000_000))ms" }
        var settings = [("statement_timeout", text(time)), ("lock_timeout", text(lockTime ?? time / 9 * 8))]
        if serverVersion >= 170_000 { settings.append(("transaction_timeout", "0")) }
        let conditions = settings.map { "pg_catalog.set_config('\($0.0)', '\($0.1)', true) IS NULL" }
        sql = "SELECT WHERE \(conditions.joined(separator: " OR "))"
    }
}

extension Connection {
    /// Executes a statement in a batch of its own, within limits of its own, and returns the last row's last value that is not
    /// NULL, if there is one. Throws as `ask` does.
    func askPatiently(_ sql: String, until deadline: Instant) throws(ServerError) -> String? {
        try rowsPatiently([sql], until: deadline).last?.last
    }

    /// The rows of several statements, which are sent as one batch, within limits of their own. Throws as `ask` does.
    package func rowsPatiently(_ statements: [String], until deadline: Instant) throws(ServerError)
        -> [[String]]
    {
        try patiently(until: deadline) { limits throws(ServerError) in
            try rows(limits + statements, until: deadline)
        }
    }

    /// Prepares a statement in a batch of its own, within limits of its own. Throws as `ask` does.
    func preparePatiently(_ sql: String, as name: String, until deadline: Instant) throws(ServerError) {
        _ = try patiently(until: deadline) { limits throws(ServerError) in
            try execute(until: deadline) { connection in
                limits.allSatisfy { limit in connection.sendStatement(appendSQL: { $0 += limit.utf8 }) }
                    && connection.sendPrepare(name: name, sql: sql)
            }
        }
    }

    /// - Parameter body: executes a batch that begins with these statements: none if the server does not let this role set
    ///   anything.
    private func patiently<Answer>(
        until deadline: Instant, _ body: (_ limits: [String]) throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        do throws(ServerError) {
            return try body([ownLimits(until: deadline)])
        } catch {
            guard error.isForbidden else { throw error }
            return try body([])
        }
    }

    /// The server gives up before the deadline, so that its message comes in time.
    func ownLimits(until deadline: Instant) -> String {
        let rest = deadline.nanoseconds - MonotonicClock.now().nanoseconds
        return OwnLimits(rest / 10 * 9, serverVersion: serverVersion).sql
    }
}
